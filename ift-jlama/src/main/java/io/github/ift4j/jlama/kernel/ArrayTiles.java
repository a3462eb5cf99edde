package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import io.github.ift4j.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Many rows times right panels, in tiles of {@link ArrayTile}: the left block is copied into an array once for all panels. Addresses and
 * strides are in bytes. One thread's.
 */
final class ArrayTiles {
    /**
     * How many more k a left panel has room for: whole vectors are stored, which reach beyond the last one, and panels whose distance is a
     * power of two would compete for the same places in the cache.
     */
    private static final int REST = 2;

    /** So many hold a left panel's numbers of one k. */
    private static final int VECTORS = GemmPanels.count(GemmTile.ROWS, LANES);

    private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final float[] zeros = new float[GemmTile.ROWS * GemmTile.COLS];
    private final float[] sums = new float[GemmTile.ROWS * GemmTile.COLS];
    private float[] left = {};
    private boolean panels;
    private int rows;
    private int depth;

    /**
     * Takes rows as the left block.
     *
     * @param depth floats of each, at most {@link ArrayTile#DEPTH}
     * @param stride distance of two rows
     */
    void loadRows(int rows, int depth, MemorySegment from, long at, long stride) {
        prepare(rows, depth, false);
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, at + row * stride, left, row * ArrayTile.ROW, depth);
        }
    }

    /**
     * Takes columns {@code first} to {@code end} of rows {@code k0} to {@code k1} as the left block, which is their transpose. Row by row over
     * all panels, because that is the order in which memory is fast.
     */
    void loadColumns(Matrix from, int first, int end, int k0, int k1) {
        prepare(end - first, k1 - k0, true);
        int distance = panelFloats();
        // Panels of which whole vectors can be read.
        int readable = Math.floorDiv(from.cols() - first - VECTORS * LANES, GemmTile.ROWS) + 1;
        int whole = Math.clamp(readable, 0, GemmPanels.count(rows, GemmTile.ROWS));
        for (int i = 0; i < depth; i++) {
            long source = from.rowByte(k0 + i) + (long) first * Float.BYTES;
            for (int panel = 0; panel < whole; panel++) {
                copyVectors(
                        from.segment(),
                        source + (long) panel * GemmTile.ROWS * Float.BYTES,
                        panel * distance + i * GemmTile.ROWS);
            }
            for (int row = whole * GemmTile.ROWS; row < rows; row++) {
                int panel = row / GemmTile.ROWS;
                left[panel * distance + i * GemmTile.ROWS + row % GemmTile.ROWS] = from.get(k0 + i, first + row);
            }
        }
    }

    private void copyVectors(MemorySegment from, long at, int to) {
        for (int lane = 0; lane < VECTORS * LANES; lane += LANES) {
            FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(from), at + (long) lane * Float.BYTES, ORDER)
                    .intoArray(left, to + lane);
        }
    }

    private void prepare(int rows, int depth, boolean panels) {
        this.rows = rows;
        this.depth = depth;
        this.panels = panels;
        int tiles = GemmPanels.count(rows, GemmTile.ROWS);
        int floats = tiles * Math.max(GemmTile.ROWS * ArrayTile.ROW, panelFloats()) + LANES;
        if (left.length < floats) {
            left = new float[floats];
        }
    }

    private int panelFloats() {
        return (depth + REST) * GemmTile.ROWS;
    }

    /**
     * C = A · B, or C += A · B, with A the left block.
     *
     * @param right the panel B, [depth, GemmTile.COLS]
     * @param cols how many columns of the panel C has, at most {@link GemmTile#COLS}
     * @param add whether to add to what C holds
     */
    void multiply(MemorySegment right, long rightAt, MemorySegment c, long at, long stride, int cols, boolean add) {
        for (int row = 0; row < rows; row += GemmTile.ROWS) {
            int count = Math.min(GemmTile.ROWS, rows - row);
            long target = at + row * stride;
            if (add) {
                read(c, target, stride, count, cols);
            } else {
                claim(c, target, stride, count);
            }
            if (panels) {
                int leftAt = row / GemmTile.ROWS * panelFloats();
                ArrayTile.multiplyPanel(depth, left, leftAt, count, right, rightAt, add ? sums : zeros, sums);
            } else {
                ArrayTile.multiplyRows(
                        depth, left, row * ArrayTile.ROW, count, right, rightAt, add ? sums : zeros, sums);
            }
            write(c, target, stride, count, cols);
        }
    }

    /** Begins to write the rows of a tile, so that their lines come into the cache while it is computed, and nothing waits for them. */
    private static void claim(MemorySegment c, long at, long stride, int count) {
        for (int row = 0; row < count; row++) {
            c.set(ValueLayout.JAVA_FLOAT, at + row * stride, 0);
        }
    }

    private void read(MemorySegment c, long at, long stride, int count, int cols) {
        for (int row = 0; row < count; row++) {
            int to = row * GemmTile.COLS;
            if (cols == GemmTile.COLS) {
                FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(c), at + row * stride, ORDER)
                        .intoArray(sums, to);
                FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(c), at + row * stride + VECTOR_BYTES, ORDER)
                        .intoArray(sums, to + LANES);
            } else {
                MemorySegment.copy(c, ValueLayout.JAVA_FLOAT, at + row * stride, sums, to, cols);
            }
        }
    }

    private void write(MemorySegment c, long at, long stride, int count, int cols) {
        for (int row = 0; row < count; row++) {
            int from = row * GemmTile.COLS;
            if (cols == GemmTile.COLS) {
                MemorySegment to = NativeMemory.check(c);
                FloatVector.fromArray(SPECIES, sums, from).intoMemorySegment(to, at + row * stride, ORDER);
                FloatVector.fromArray(SPECIES, sums, from + LANES)
                        .intoMemorySegment(to, at + row * stride + VECTOR_BYTES, ORDER);
            } else {
                MemorySegment.copy(sums, from, c, ValueLayout.JAVA_FLOAT, at + row * stride, cols);
            }
        }
    }
}
