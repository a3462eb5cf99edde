package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/**
 * Weights [rows, cols] that {@link Gemm#pack} laid out for many products, in the format in which they were stored.
 *
 * <p>{@link GemmTile#COLS} rows, padded with zeros, are a panel; {@link WeightFormat#unit} neighbours along each row a unit of it. A unit
 * is a few 32-bit words a row, word w of all rows side by side, so that a vector has the same word of as many rows: FLOAT32 one
 * word a weight; BFLOAT16 one word for two, the first in the lower half; EIGHT_BITS and FOUR_BITS the block's factor and then four or
 * eight weights a word, the first in the lowest bits, each in two's complement.
 *
 * @param format form of the weights
 * @param rows outputs of the layer
 * @param cols inputs of the layer
 * @param panels the memory
 */
public record PackedWeights(WeightFormat format, int rows, int cols, MemorySegment panels) {
    static final int BITS_PER_WORD = 32;

    /** @throws IllegalArgumentException when the memory is too small for the size */
    public PackedWeights {
        Preconditions.checkArgument(
                panels.byteSize() >= bytes(format, rows, cols),
                "%s x %s packed weights of %s do not fit into %s bytes",
                rows,
                cols,
                format,
                panels.byteSize());
    }

    /** Bytes that packed weights take. */
    static long bytes(WeightFormat format, int rows, int cols) {
        return GemmPanels.count(rows, GemmTile.COLS) * format.panelBytes(cols);
    }

    /** Where a panel begins, in bytes. */
    long panelByte(int panel) {
        return panel * format.panelBytes(cols);
    }

    /** Where a column of a panel begins, in bytes; the column is the first of a unit. */
    long panelByte(int panel, int col) {
        return panelByte(panel) + (long) (col / format.unit()) * format.words() * GemmTile.STRIDE;
    }

    /**
     * to[i] = row {@code rows[i]} in float32: the token embedding of a model whose weights are packed.
     *
     * @param to [rows.length, cols]
     */
    public void gather(Workers workers, int[] rows, Matrix to) {
        RowBlocks.forEach(workers, rows.length, cols, (first, last, worker) -> {
            float[] values = new float[cols];
            for (int i = first; i < last; i++) {
                for (int col = 0; col < cols; col++) {
                    values[col] = get(rows[i], col);
                }
                to.setRow(i, values);
            }
        });
    }

    /** A plain copy in float32, [rows, cols]: the numbers that the stored ones stand for. */
    public Matrix unpacked(Workers workers, Arena arena) {
        Matrix plain = Matrix.allocate(arena, rows, cols);
        gather(workers, IntStream.range(0, rows).toArray(), plain);
        return plain;
    }

    private float get(int row, int col) {
        int within = col % format.unit();
        long unit = panelByte(row / GemmTile.COLS, col) + (long) row % GemmTile.COLS * Integer.BYTES;
        return switch (format) {
            case FLOAT32 -> Float.intBitsToFloat(word(unit, 0));
            case BFLOAT16 -> Float.intBitsToFloat(word(unit, 0) >> within * Short.SIZE << Short.SIZE);
            case EIGHT_BITS -> number(unit, within, Byte.SIZE) * Float.intBitsToFloat(word(unit, 0));
            case FOUR_BITS -> number(unit, within, Byte.SIZE / 2) * Float.intBitsToFloat(word(unit, 0));
        };
    }

    private int number(long unit, int within, int bits) {
        int perWord = BITS_PER_WORD / bits;
        int word = word(unit, 1 + within / perWord);
        return word << BITS_PER_WORD - bits - within % perWord * bits >> BITS_PER_WORD - bits;
    }

    private int word(long unit, int word) {
        return panels.get(ValueLayout.JAVA_INT, unit + word * GemmTile.STRIDE);
    }
}
