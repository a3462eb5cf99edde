package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Lays right operands out as {@link VectorGemm} reads them: [panel][k][{@link GemmTile#COLS}], padded with zeros. Moves whole vectors,
 * because single elements cost many times as much. One thread's.
 */
final class GemmPanels {
    /** Columns of packed weights that are unpacked at a time, whole units of any format. */
    private static final int UNPACKED = 128;

    private final Transpose transpose;
    private final MemorySegment unpacked;

    /** @param arena owner of scratch memory */
    GemmPanels(Arena arena) {
        transpose = new Transpose(arena.allocate(Transpose.ROWS_BYTES, 64));
        unpacked = arena.allocate(UNPACKED * GemmTile.STRIDE, 64);
    }

    /** Number of panels of a size that cover a count. */
    static int count(int count, int size) {
        return (count + size - 1) / size;
    }

    /** Where a right panel begins, in bytes. */
    static long rightByte(int panel, int depth) {
        return (long) panel * depth * GemmTile.STRIDE;
    }

    /** A right panel from rows: to[(i - k0) * GemmTile.COLS + j] = from[row + j, i], zero from rowEnd on. */
    void packTransposed(Matrix from, int row, int rowEnd, int k0, int k1, MemorySegment to, long at) {
        long source = from.rowByte(row) + (long) k0 * Float.BYTES;
        long stride = (long) from.stride() * Float.BYTES;
        transpose.run(from.segment(), source, stride, rowEnd - row, k1 - k0, to, at, GemmTile.STRIDE, GemmTile.COLS);
    }

    /**
     * Rows of right panels from columns: to[panel][(i - k0) * GemmTile.COLS + j] = from[i, col + panel * GemmTile.COLS + j], zero from
     * colEnd on. Row by row over all panels, because that is the order in which memory is fast.
     *
     * @param first first row
     * @param end after the last row
     */
    static void packPlain(Matrix from, int col, int colEnd, int k0, int k1, int first, int end, MemorySegment to) {
        int depth = k1 - k0;
        int whole = (colEnd - col) / GemmTile.COLS;
        int rest = (colEnd - col) % GemmTile.COLS;
        for (int i = first; i < end; i++) {
            long source = from.rowByte(i) + (long) col * Float.BYTES;
            long target = (i - k0) * GemmTile.STRIDE;
            for (int panel = 0; panel < whole; panel++) {
                GemmTile.copyRow(
                        from.segment(), source + panel * GemmTile.STRIDE, to, target + rightByte(panel, depth));
            }
            if (rest > 0) {
                long at = target + rightByte(whole, depth);
                to.asSlice(at, GemmTile.STRIDE).fill((byte) 0);
                MemorySegment.copy(from.segment(), source + whole * GemmTile.STRIDE, to, at, (long) rest * Float.BYTES);
            }
        }
    }

    /**
     * A right panel from one of packed weights: to[(i - k0) * GemmTile.COLS + j] = from[panel * GemmTile.COLS + j, i].
     *
     * @param k0 first column of the weights, the first of a unit
     * @param k1 after their last column; the target has room for whole units
     */
    static void unpack(PackedWeights from, int panel, int k0, int k1, MemorySegment to, long at) {
        if (from.format() == WeightFormat.FLOAT32) {
            MemorySegment.copy(from.panels(), from.panelByte(panel, k0), to, at, (k1 - k0) * GemmTile.STRIDE);
        } else {
            PackedTile.unpack(from, panel, k0, k1, to, at);
        }
    }

    /**
     * Rows of right panels from a panel of packed weights: to[p][i * GemmTile.COLS + j] = from[panel * GemmTile.COLS + i,
     * col + p * GemmTile.COLS + j], zero from colEnd on.
     *
     * @param col first column, the first of a unit and of a right panel
     * @param rows rows that the panel has
     * @param depth distance of two right panels, in rows
     */
    void unpackTransposed(
            PackedWeights from, int panel, int col, int colEnd, int rows, MemorySegment to, long at, int depth) {
        for (int first = col; first < colEnd; first += UNPACKED) {
            int end = Math.min(colEnd, first + UNPACKED);
            unpack(from, panel, first, end, unpacked, 0);
            for (int i = first; i < end; i += GemmTile.COLS) {
                transpose.run(
                        unpacked,
                        (i - first) * GemmTile.STRIDE,
                        GemmTile.STRIDE,
                        Math.min(GemmTile.COLS, end - i),
                        rows,
                        to,
                        at + rightByte((i - col) / GemmTile.COLS, depth),
                        GemmTile.STRIDE,
                        GemmTile.COLS);
            }
        }
    }

    /** Rows of a matrix from a panel of packed weights: to[row + i, j] = from[panel * GemmTile.COLS + i, j]. */
    void unpackRows(PackedWeights from, int panel, Matrix to, int row, int rows) {
        for (int first = 0; first < from.cols(); first += UNPACKED) {
            int end = Math.min(from.cols(), first + UNPACKED);
            unpack(from, panel, first, end, unpacked, 0);
            long at = to.rowByte(row) + (long) first * Float.BYTES;
            long stride = (long) to.stride() * Float.BYTES;
            transpose.run(unpacked, 0, GemmTile.STRIDE, end - first, rows, to.segment(), at, stride, end - first);
        }
    }
}
