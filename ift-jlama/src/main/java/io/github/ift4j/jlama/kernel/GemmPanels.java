package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Lays operands out as {@link VectorGemm} reads them: the right one as [panel][k][{@link GemmTile#COLS}], padded with zeros, the left
 * one, where it is stored transposed, as rows of k. Moves whole vectors, because single elements cost many times as much. One
 * thread's.
 */
final class GemmPanels {
    private final Transpose transpose;

    /** @param arena owner of scratch memory */
    GemmPanels(Arena arena) {
        transpose = new Transpose(arena.allocate(Transpose.ROWS_BYTES, 64));
    }

    /** Number of panels of a size that cover a count. */
    static int count(int count, int size) {
        return (count + size - 1) / size;
    }

    /** Where a right panel begins, in bytes. */
    static long rightByte(int panel, int depth) {
        return (long) panel * depth * GemmTile.STRIDE;
    }

    /** Where a left row begins, in bytes. */
    static long leftByte(int row, int depth) {
        return (long) row * depth * Float.BYTES;
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

    /** Left rows from columns: to[(col - first) * (k1 - k0) + i - k0] = from[i, col]. */
    void packColumns(Matrix from, int first, int end, int k0, int k1, MemorySegment to, long at) {
        int depth = k1 - k0;
        long source = from.rowByte(k0) + (long) first * Float.BYTES;
        long stride = (long) from.stride() * Float.BYTES;
        transpose.run(from.segment(), source, stride, depth, end - first, to, at, (long) depth * Float.BYTES, depth);
    }
}
