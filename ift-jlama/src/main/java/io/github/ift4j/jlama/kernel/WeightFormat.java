package io.github.ift4j.jlama.kernel;

/**
 * In what form weights lie in memory while products are computed with them. In every form a weight stands for one float32
 * number, and products are those of that number.
 */
public enum WeightFormat {
    /** The number itself. */
    FLOAT32(1, 1),
    /** The upper half of the number's bits, the lower half being zero. */
    BFLOAT16(2, 1),
    /** Blocks of 32 neighbours along a row: signed bytes times a common float32 factor. */
    EIGHT_BITS(32, 9),
    /** Blocks of 32 neighbours along a row: whole numbers from -8 to 7 times a common float32 factor. */
    FOUR_BITS(32, 5);

    private final int unit;
    private final int words;

    WeightFormat(int unit, int words) {
        this.unit = unit;
        this.words = words;
    }

    /** Memory that a weight takes with its share of a factor, in bytes. */
    public double bytesPerWeight() {
        return (double) words * Integer.BYTES / unit;
    }

    /** Neighbours along a row that are laid out together. */
    public int unit() {
        return unit;
    }

    /** 32-bit words that a unit takes. */
    int words() {
        return words;
    }

    /** Whether blocks of weights have a factor. */
    public boolean hasFactors() {
        return this == EIGHT_BITS || this == FOUR_BITS;
    }

    /** Units that cover a row. */
    int units(int inputs) {
        return Math.ceilDiv(inputs, unit);
    }

    /** Bytes of a packed panel of {@link GemmTile#COLS} rows. */
    long panelBytes(int inputs) {
        return (long) units(inputs) * words * GemmTile.STRIDE;
    }
}
