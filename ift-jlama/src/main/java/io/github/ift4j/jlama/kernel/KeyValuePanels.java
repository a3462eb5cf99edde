package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of one layer for the positions of one sequence, laid out as the products of attention read them, so that a new
 * position costs what it writes and nothing is laid out again for those before it.
 *
 * <p>Memory is taken in blocks of {@value #BLOCK} positions as a sequence grows, and none of them moves. In a block both are right panels
 * of {@link GemmTile}. Keys are [kvHeads][positions / COLS][headDim][COLS]: a panel has neighbouring positions. Values are
 * [kvHeads][headDim / COLS][positions][COLS]: a panel has neighbouring elements of the head, whose number is rounded up to whole panels.
 */
public final class KeyValuePanels {
    /** Positions of a block, whole panels of any width. */
    private static final int BLOCK = 256;

    private static final long ALIGNMENT = 64;

    private final Arena arena;
    private final int kvHeads;
    private final int headDim;
    private final List<MemorySegment> keys = new ArrayList<>();
    private final List<MemorySegment> values = new ArrayList<>();

    /**
     * Room for no position yet.
     *
     * @param arena owner of the memory
     */
    public KeyValuePanels(Arena arena, int kvHeads, int headDim) {
        this.arena = arena;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
    }

    /** Makes room for so many positions in all. */
    public void ensure(int positions) {
        while (keys.size() < Math.ceilDiv(positions, BLOCK)) {
            keys.add(arena.allocate(keyBytes(), ALIGNMENT));
            values.add(arena.allocate(valueBytes(), ALIGNMENT));
        }
    }

    /** Memory taken, in bytes. */
    public long bytes() {
        return keys.size() * (keyBytes() + valueBytes());
    }

    private long keyBytes() {
        return (long) kvHeads * headDim * BLOCK * Float.BYTES;
    }

    private long valueBytes() {
        return (long) kvHeads * panels() * BLOCK * GemmTile.STRIDE;
    }

    /** Panels of a block's values. */
    private int panels() {
        return Math.ceilDiv(headDim, GemmTile.COLS);
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
            int position = first + row;
            int lane = position % GemmTile.COLS;
            MemorySegment block = keys.get(position / BLOCK);
            if (lane == 0) {
                int end = Math.min(k.rows(), row + GemmTile.COLS);
                packing.packTransposed(k, row, end, 0, headDim, block, keyByte(kvHead, position));
                row = end;
            } else {
                long at = keyByte(kvHead, position) + (long) lane * Float.BYTES;
                for (int i = 0; i < headDim; i++) {
                    block.set(ValueLayout.JAVA_FLOAT, at + i * GemmTile.STRIDE, k.get(row, i));
                }
                row++;
            }
        }
        for (int row = 0; row < v.rows(); ) {
            int position = first + row;
            int end = Math.min(v.rows(), row + BLOCK - position % BLOCK);
            MemorySegment block = values.get(position / BLOCK);
            for (int panel = 0; panel < panels(); panel++) {
                int col = panel * GemmTile.COLS;
                int colEnd = Math.min(headDim, col + GemmTile.COLS);
                GemmPanels.packPlain(
                        v, col, colEnd, row, end, row, end, block.asSlice(valueByte(kvHead, panel, position)));
            }
            row = end;
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
                    keys.get((start + col) / BLOCK),
                    keyByte(kvHead, start + col),
                    scores.segment(),
                    scores.rowByte(0) + (long) col * Float.BYTES,
                    (long) scores.stride() * Float.BYTES,
                    GemmTile.COLS,
                    false);
        }
    }

    /**
     * out = probabilities · values of the positions from {@code start} on. Sums go on from block to block in the order of positions, as
     * if there were only one.
     *
     * @param probabilities [rows, positions]
     * @param out [rows, headDim]
     */
    void mix(RowTiles tiles, int kvHead, Matrix probabilities, int start, Matrix out) {
        for (int panel = 0; panel < panels(); panel++) {
            int col = panel * GemmTile.COLS;
            for (int from = 0; from < probabilities.cols(); ) {
                int position = start + from;
                int end = Math.min(probabilities.cols(), from + BLOCK - position % BLOCK);
                tiles.multiply(
                        probabilities.rows(),
                        end - from,
                        probabilities.segment(),
                        probabilities.rowByte(0) + (long) from * Float.BYTES,
                        (long) probabilities.stride() * Float.BYTES,
                        values.get(position / BLOCK),
                        valueByte(kvHead, panel, position),
                        out.segment(),
                        out.rowByte(0) + (long) col * Float.BYTES,
                        (long) out.stride() * Float.BYTES,
                        Math.min(GemmTile.COLS, headDim - col),
                        from > 0);
                from = end;
            }
        }
    }

    /** Where the panel of a position's keys begins in its block, in bytes. */
    private long keyByte(int kvHead, int position) {
        int panel = position % BLOCK / GemmTile.COLS;
        return ((long) kvHead * (BLOCK / GemmTile.COLS) + panel) * headDim * GemmTile.STRIDE;
    }

    /** Where a position's elements of a panel begin in its block, in bytes. */
    private long valueByte(int kvHead, int panel, int position) {
        return (((long) kvHead * panels() + panel) * BLOCK + position % BLOCK) * GemmTile.STRIDE;
    }
}
