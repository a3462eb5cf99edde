package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The keys and values of one layer for the positions of one sequence, laid out as the products of attention read them, so that a new
 * position costs what it writes and nothing is laid out again for those before it.
 *
 * <p>Both are right panels of {@link GemmTile}. Keys are [kvHeads][positions / COLS][headDim][COLS]: a panel has neighbouring positions.
 * Values are [kvHeads][headDim / COLS][positions][COLS]: a panel has neighbouring elements of the head. Numbers of positions and of
 * elements are rounded up to whole panels.
 */
public final class KeyValuePanels {
    private static final long ALIGNMENT = 64;

    private final int capacity;
    private final int kvHeads;
    private final int headDim;
    private final MemorySegment keys;
    private final MemorySegment values;

    /**
     * Room for positions, none of which is set.
     *
     * @param arena owner of the memory
     * @param capacity most positions
     */
    public KeyValuePanels(Arena arena, int capacity, int kvHeads, int headDim) {
        this.capacity = capacity;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        keys = arena.allocate(keyBytes(capacity, kvHeads, headDim), ALIGNMENT);
        values = arena.allocate(valueBytes(capacity, kvHeads, headDim), ALIGNMENT);
    }

    /** Memory that so many positions take, in bytes. */
    public static long bytes(int capacity, int kvHeads, int headDim) {
        return keyBytes(capacity, kvHeads, headDim) + valueBytes(capacity, kvHeads, headDim);
    }

    private static long keyBytes(int capacity, int kvHeads, int headDim) {
        return (long) kvHeads * panels(capacity) * headDim * GemmTile.STRIDE;
    }

    private static long valueBytes(int capacity, int kvHeads, int headDim) {
        return (long) kvHeads * panels(headDim) * capacity * GemmTile.STRIDE;
    }

    private static int panels(int count) {
        return Math.ceilDiv(count, GemmTile.COLS);
    }

    /** Takes over the first positions of another of the same heads. */
    public void copyFrom(KeyValuePanels other, int positions) {
        long keyBytes = (long) panels(positions) * headDim * GemmTile.STRIDE;
        long valueBytes = positions * GemmTile.STRIDE;
        for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
            MemorySegment.copy(other.keys, other.keyByte(kvHead, 0), keys, keyByte(kvHead, 0), keyBytes);
            for (int panel = 0; panel < panels(headDim); panel++) {
                long from = other.valueByte(kvHead, panel, 0);
                MemorySegment.copy(other.values, from, values, valueByte(kvHead, panel, 0), valueBytes);
            }
        }
    }

    /**
     * Sets the keys and values of one head for the positions {@code first} and those after it.
     *
     * @param k [positions, headDim]
     * @param v [positions, headDim]
     * @param packing the calling thread's
     */
    void put(int kvHead, int first, Matrix k, Matrix v, GemmPanels packing) {
        for (int row = 0; row < k.rows(); ) {
            int panel = (first + row) / GemmTile.COLS;
            int lane = (first + row) % GemmTile.COLS;
            if (lane == 0) {
                int end = Math.min(k.rows(), row + GemmTile.COLS);
                packing.packTransposed(k, row, end, 0, headDim, keys, keyByte(kvHead, panel));
                row = end;
            } else {
                long at = keyByte(kvHead, panel) + (long) lane * Float.BYTES;
                for (int i = 0; i < headDim; i++) {
                    keys.set(ValueLayout.JAVA_FLOAT, at + i * GemmTile.STRIDE, k.get(row, i));
                }
                row++;
            }
        }
        for (int panel = 0; panel < panels(headDim); panel++) {
            int col = panel * GemmTile.COLS;
            int end = Math.min(headDim, col + GemmTile.COLS);
            GemmPanels.packPlain(
                    v, col, end, 0, v.rows(), 0, v.rows(), values.asSlice(valueByte(kvHead, panel, first)));
        }
    }

    /**
     * scores = queries · keysᵀ for the positions from {@code start} on.
     *
     * @param queries [rows, headDim]
     * @param start first position, a multiple of {@link GemmTile#COLS}
     * @param scores [rows, positions], with room for whole panels in its rows; what it has beyond the positions becomes anything
     */
    void score(RowTiles tiles, int kvHead, Matrix queries, int start, Matrix scores) {
        for (int col = 0; col < scores.cols(); col += GemmTile.COLS) {
            tiles.multiply(
                    queries.rows(),
                    headDim,
                    queries.segment(),
                    queries.rowByte(0),
                    (long) queries.stride() * Float.BYTES,
                    keys,
                    keyByte(kvHead, (start + col) / GemmTile.COLS),
                    scores.segment(),
                    scores.rowByte(0) + (long) col * Float.BYTES,
                    (long) scores.stride() * Float.BYTES,
                    GemmTile.COLS,
                    false);
        }
    }

    /**
     * out = probabilities · values of the positions from {@code start} on.
     *
     * @param probabilities [rows, positions]
     * @param out [rows, headDim]
     */
    void mix(RowTiles tiles, int kvHead, Matrix probabilities, int start, Matrix out) {
        for (int panel = 0; panel < panels(headDim); panel++) {
            int col = panel * GemmTile.COLS;
            tiles.multiply(
                    probabilities.rows(),
                    probabilities.cols(),
                    probabilities.segment(),
                    probabilities.rowByte(0),
                    (long) probabilities.stride() * Float.BYTES,
                    values,
                    valueByte(kvHead, panel, start),
                    out.segment(),
                    out.rowByte(0) + (long) col * Float.BYTES,
                    (long) out.stride() * Float.BYTES,
                    Math.min(GemmTile.COLS, headDim - col),
                    false);
        }
    }

    private long keyByte(int kvHead, int panel) {
        return ((long) kvHead * panels(capacity) + panel) * headDim * GemmTile.STRIDE;
    }

    private long valueByte(int kvHead, int panel, int position) {
        return (((long) kvHead * panels(headDim) + panel) * capacity + position) * GemmTile.STRIDE;
    }
}
