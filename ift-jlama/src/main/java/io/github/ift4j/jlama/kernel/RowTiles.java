package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Rows times one right panel, in tiles of {@link GemmTile}. Whole tiles go straight to the result, those at an edge through a buffer.
 * Addresses and strides are in bytes. One thread's.
 *
 * <p>The first tile is always as high as can be, even if there are fewer rows: it takes the time in which the panel comes from memory
 * anyway, and lower ones read it more slowly. Those after it find the panel in a cache and are as high as there are rows.
 */
final class RowTiles {
    private final MemorySegment edge;
    private final MemorySegment zeros;

    /** @param arena owner of scratch memory */
    RowTiles(Arena arena) {
        edge = arena.allocate(GemmTile.ROWS * GemmTile.STRIDE, 64);
        zeros = arena.allocate(GemmTile.STRIDE, 64);
    }

    /**
     * C = A · B, or C += A · B.
     *
     * @param rows of A and C
     * @param depth columns of A, rows of B
     * @param right the panel B, [depth, GemmTile.COLS]
     * @param cols how many columns of the panel C has, at most {@link GemmTile#COLS}
     * @param add whether to add to what C holds
     */
    void multiply(
            int rows,
            int depth,
            MemorySegment left,
            long leftAt,
            long leftStride,
            MemorySegment right,
            long rightAt,
            MemorySegment c,
            long at,
            long stride,
            int cols,
            boolean add) {
        for (int row = 0; row < rows; ) {
            int height = height(row, rows);
            int count = Math.min(height, rows - row);
            long source = leftAt + row * leftStride;
            long target = at + row * stride;
            if (cols == GemmTile.COLS && count == height) {
                MemorySegment start = add ? c : zeros;
                long startAt = add ? target : 0;
                long startStride = add ? stride : 0;
                tile(
                        height,
                        count,
                        depth,
                        left,
                        source,
                        leftStride,
                        right,
                        rightAt,
                        start,
                        startAt,
                        startStride,
                        c,
                        target,
                        stride);
            } else {
                if (add) {
                    GemmTile.copy(c, target, stride, edge, 0, GemmTile.STRIDE, count, cols);
                } else {
                    edge.fill((byte) 0);
                }
                tile(
                        height,
                        count,
                        depth,
                        left,
                        source,
                        leftStride,
                        right,
                        rightAt,
                        edge,
                        0,
                        GemmTile.STRIDE,
                        edge,
                        0,
                        GemmTile.STRIDE);
                GemmTile.copy(edge, 0, GemmTile.STRIDE, c, target, stride, count, cols);
            }
            row += count;
        }
    }

    private static int height(int row, int rows) {
        int left = rows - row;
        if (left == 1) {
            return 1;
        }
        return row == 0 || left >= GemmTile.ROWS ? GemmTile.ROWS : 2;
    }

    private static void tile(
            int height,
            int rows,
            int depth,
            MemorySegment left,
            long leftAt,
            long leftStride,
            MemorySegment right,
            long rightAt,
            MemorySegment start,
            long startAt,
            long startStride,
            MemorySegment c,
            long at,
            long stride) {
        switch (height) {
            case 1 -> GemmTile.multiplyRow(depth, left, leftAt, right, rightAt, start, startAt, c, at);
            case 2 ->
                GemmTile.multiplyTwo(
                        depth, left, leftAt, leftStride, right, rightAt, start, startAt, startStride, c, at, stride);
            default ->
                GemmTile.multiply(
                        depth,
                        left,
                        leftAt,
                        leftStride,
                        rows,
                        right,
                        rightAt,
                        start,
                        startAt,
                        startStride,
                        c,
                        at,
                        stride);
        }
    }
}
