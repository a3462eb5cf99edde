package io.github.ift4j.jlama.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Lays operands out as {@link VectorGemm} reads them: the left one as [panel][k][{@link GemmTile#ROWS}], the right one as
 * [panel][k][{@link GemmTile#COLS}], both padded with zeros. Moves whole rows between native memory and arrays, because
 * single elements cost ten times as much. One thread's.
 */
final class GemmPanels {
    private float[] plain = new float[0];
    private float[] panel = new float[0];

    /** Number of panels of a size that cover a count. */
    static int count(int count, int size) {
        return (count + size - 1) / size;
    }

    /** Where a right panel begins, in bytes. */
    static long rightByte(int panel, int depth) {
        return (long) panel * depth * GemmTile.STRIDE;
    }

    /** Where the left panel that starts at a row begins, in bytes; the row is a multiple of the panel's height. */
    static long leftByte(int row, int depth) {
        return (long) row * depth * Float.BYTES;
    }

    /** Rows of a matrix side by side: to[(i - k0) * width + j] = from[row + j, i], zero from rowEnd on. */
    void packTransposed(Matrix from, int row, int rowEnd, int width, int k0, int k1, MemorySegment to, long at) {
        int depth = k1 - k0;
        int rows = rowEnd - row;
        float[] plain = plain(depth * width);
        float[] panel = panel(depth * width);
        for (int j = 0; j < rows; j++) {
            long source = from.rowByte(row + j) + (long) k0 * Float.BYTES;
            MemorySegment.copy(from.segment(), ValueLayout.JAVA_FLOAT, source, plain, j * depth, depth);
        }
        for (int j = 0; j < width; j++) {
            int source = j * depth;
            boolean padding = j >= rows;
            for (int i = 0, target = j; i < depth; i++, target += width) {
                panel[target] = padding ? 0 : plain[source + i];
            }
        }
        MemorySegment.copy(panel, 0, to, ValueLayout.JAVA_FLOAT, at, depth * width);
    }

    /** Columns of a matrix: to[(i - k0) * GemmTile.COLS + j] = from[i, col + j], zero from colEnd on. */
    void packPlain(Matrix from, int col, int colEnd, int k0, int k1, MemorySegment to, long at) {
        int cols = colEnd - col;
        for (int i = k0; i < k1; i++, at += GemmTile.STRIDE) {
            long source = from.rowByte(i) + (long) col * Float.BYTES;
            if (cols == GemmTile.COLS) {
                GemmTile.copyRow(from.segment(), source, to, at);
            } else {
                to.asSlice(at, GemmTile.STRIDE).fill((byte) 0);
                MemorySegment.copy(from.segment(), source, to, at, (long) cols * Float.BYTES);
            }
        }
    }

    /** Columns of a matrix as panels of {@value #GemmTile.ROWS}, read row by row in one sweep over all panels of a task. */
    void packColumns(Matrix from, int col, int colEnd, int k0, int k1, MemorySegment to, long at) {
        int depth = k1 - k0;
        int cols = colEnd - col;
        int panels = count(cols, GemmTile.ROWS);
        float[] plain = plain(panels * GemmTile.ROWS);
        float[] panel = panel(panels * GemmTile.ROWS * depth);
        Arrays.fill(plain, 0, panels * GemmTile.ROWS, 0);
        for (int i = 0; i < depth; i++) {
            long source = from.rowByte(k0 + i) + (long) col * Float.BYTES;
            MemorySegment.copy(from.segment(), ValueLayout.JAVA_FLOAT, source, plain, 0, cols);
            for (int p = 0; p < panels; p++) {
                System.arraycopy(plain, p * GemmTile.ROWS, panel, (p * depth + i) * GemmTile.ROWS, GemmTile.ROWS);
            }
        }
        MemorySegment.copy(panel, 0, to, ValueLayout.JAVA_FLOAT, at, panels * GemmTile.ROWS * depth);
    }

    private float[] plain(int size) {
        if (plain.length < size) {
            plain = new float[size];
        }
        return plain;
    }

    private float[] panel(int size) {
        if (panel.length < size) {
            panel = new float[size];
        }
        return panel;
    }
}
