package io.github.ift4j.jlama.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Lays stored weights out as {@link PackedWeights} says. One thread's. */
final class PackedPanels {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final StoredWeights stored;
    private final int[] words;
    private final short[] shorts;
    private final byte[] bytes;
    /** A row's factors; its weights if they are float32. */
    private final int[] ints;

    PackedPanels(StoredWeights stored) {
        this.stored = stored;
        WeightFormat format = stored.format();
        int cols = stored.cols();
        words = new int[(int) (format.panelBytes(cols) / Integer.BYTES)];
        shorts = new short[format == WeightFormat.BFLOAT16 ? cols : 0];
        bytes = new byte
                [switch (format) {
                    case EIGHT_BITS -> cols;
                    case FOUR_BITS -> cols / 2;
                    default -> 0;
                }];
        ints = new int[format == WeightFormat.BFLOAT16 ? 0 : format.units(cols)];
    }

    /** Lays out one panel. */
    void pack(int panel, MemorySegment to, long at) {
        Arrays.fill(words, 0);
        int first = panel * GemmTile.COLS;
        int rows = Math.min(GemmTile.COLS, stored.rows() - first);
        for (int lane = 0; lane < rows; lane++) {
            switch (stored.format()) {
                case FLOAT32 -> floats(first + lane, lane);
                case BFLOAT16 -> halves(first + lane, lane);
                case EIGHT_BITS -> {
                    load(first + lane);
                    eightBits(lane);
                }
                case FOUR_BITS -> {
                    load(first + lane);
                    fourBits(lane);
                }
            }
        }
        MemorySegment.copy(words, 0, to, ValueLayout.JAVA_INT, at, words.length);
    }

    private void floats(int row, int lane) {
        loadInts(stored.numbers(), row);
        for (int col = 0; col < ints.length; col++) {
            words[col * GemmTile.COLS + lane] = ints[col];
        }
    }

    private void loadInts(MemorySegment from, int row) {
        MemorySegment.copy(from, INT, (long) row * ints.length * Float.BYTES, ints, 0, ints.length);
    }

    private void halves(int row, int lane) {
        MemorySegment.copy(stored.numbers(), SHORT, (long) row * shorts.length * Short.BYTES, shorts, 0, shorts.length);
        for (int col = 0; col < shorts.length; col++) {
            words[col / 2 * GemmTile.COLS + lane] |= Short.toUnsignedInt(shorts[col]) << col % 2 * Short.SIZE;
        }
    }

    private void load(int row) {
        MemorySegment.copy(stored.numbers(), ValueLayout.JAVA_BYTE, (long) row * bytes.length, bytes, 0, bytes.length);
        loadInts(stored.factors(), row);
    }

    private void eightBits(int lane) {
        WeightFormat format = stored.format();
        int number = 0;
        for (int block = 0; block < ints.length; block++) {
            int target = block * format.words() * GemmTile.COLS + lane;
            words[target] = ints[block];
            for (int i = 0; i < format.unit(); i++, number++) {
                words[target + (1 + i / 4) * GemmTile.COLS] |= Byte.toUnsignedInt(bytes[number]) << i % 4 * Byte.SIZE;
            }
        }
    }

    private void fourBits(int lane) {
        WeightFormat format = stored.format();
        int half = format.unit() / 2;
        for (int block = 0; block < ints.length; block++) {
            int target = block * format.words() * GemmTile.COLS + lane;
            words[target] = ints[block];
            for (int i = 0; i < format.unit(); i++) {
                int pair = bytes[block * half + i % half];
                // Eight less in four bits is the highest bit turned over.
                int number = (i < half ? pair : pair >> 4) & 0xf ^ 8;
                words[target + (1 + i / 8) * GemmTile.COLS] |= number << i % 8 * 4;
            }
        }
    }
}
