package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Matrix products in plain Java: operands are packed into panels that fit the caches, and a register-blocked kernel of
 * {@value #TILE_ROWS} rows by two vectors multiplies them.
 *
 * <p>The left operand is packed as [panel][k][{@value #TILE_ROWS}], the right one as [panel][k][two vectors], both padded with
 * zeros. Blocking over k starts each block from the stored partial result, so the order of summation is that of
 * the plain loop (see {@link Gemm}).
 */
public final class VectorGemm implements Gemm {
    private static final int TILE_ROWS = 6;
    private static final int TILE_COLS = 2 * LANES;
    /** Longest block over k: a right panel of it stays in the first-level cache. */
    private static final int BLOCK_K = 320;
    /** Rows and columns packed at a time. */
    private static final int BLOCK_M = 512 * TILE_ROWS;

    private static final int BLOCK_N = 4096;
    /** Rows and columns of one task: its left block stays in the second-level cache. */
    private static final int TASK_M = 16 * TILE_ROWS;

    private static final int TASK_N = 8 * TILE_COLS;
    /** Products smaller than this many multiply-adds run on the calling thread. */
    private static final long PARALLEL_FROM = 1 << 16;

    private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;
    private static final long TILE_STRIDE = (long) TILE_COLS * Float.BYTES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final Workers workers;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment zeros = arena.allocate(TILE_STRIDE, 64);
    private final Buffers shared = new Buffers();
    private final Buffers[] own;

    /** @param workers the threads to run on; not closed with this object */
    public VectorGemm(Workers workers) {
        this.workers = workers;
        own = new Buffers[workers.size()];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Buffers();
        }
    }

    @Override
    public String name() {
        return "vector" + SPECIES.vectorBitSize();
    }

    @Override
    public void multiply(Form form, Matrix a, Matrix b, Matrix c, boolean accumulate) {
        boolean alone = workers.size() == 1 || (long) form.m(a) * form.n(b) * form.k(a) < PARALLEL_FROM;
        new Product(form, a, b, null, c, accumulate, alone ? own[0] : shared, alone).run();
    }

    @Override
    public void multiply(int worker, Form form, Matrix a, Matrix b, Matrix c, boolean accumulate) {
        new Product(form, a, b, null, c, accumulate, own[worker], true).run();
    }

    @Override
    public long packedBytes(int n, int k) {
        return panelByte(panels(n, TILE_COLS), k);
    }

    @Override
    public void pack(Matrix b, MemorySegment packed) {
        Preconditions.checkArgument(packed.byteSize() >= packedBytes(b.rows(), b.cols()), "the target is too small");
        int n = b.rows();
        int k = b.cols();
        workers.forEach(panels(n, TILE_COLS), (panel, worker) -> {
            int row = panel * TILE_COLS;
            int rowEnd = Math.min(n, row + TILE_COLS);
            packTransposed(b, row, rowEnd, TILE_COLS, 0, k, packed, panelByte(panel, k), own[worker]);
        });
    }

    @Override
    public void multiplyPacked(Matrix a, MemorySegment packed, Matrix c, boolean accumulate) {
        if (a.rows() == 1) {
            multiplyRow(a, packed, c, accumulate);
        } else {
            boolean alone = workers.size() == 1;
            new Product(Form.A_BT, a, null, packed, c, accumulate, alone ? own[0] : shared, alone).run();
        }
    }

    @Override
    public void close() {
        arena.close();
    }

    private static int panels(int count, int size) {
        return (count + size - 1) / size;
    }

    private static long panelByte(int panel, int depth) {
        return (long) panel * depth * TILE_STRIDE;
    }

    /** Where the panel that starts at a row begins; the row is a multiple of the panel's height. */
    private static long leftByte(int row, int depth) {
        return (long) row * depth * Float.BYTES;
    }

    /** One product. */
    private final class Product {
        private final Form form;
        private final Matrix a;
        private final Matrix b;
        private final MemorySegment packedB;
        private final Matrix c;
        private final boolean accumulate;
        private final Buffers buffers;
        private final boolean alone;
        private final int m;
        private final int n;
        private final int k;

        Product(
                Form form,
                Matrix a,
                Matrix b,
                MemorySegment packedB,
                Matrix c,
                boolean accumulate,
                Buffers buffers,
                boolean alone) {
            this.form = form;
            this.a = a;
            this.b = b;
            this.packedB = packedB;
            this.c = c;
            this.accumulate = accumulate;
            this.buffers = buffers;
            this.alone = alone;
            m = form.m(a);
            n = c.cols();
            k = form.k(a);
            Preconditions.checkArgument(
                    c.rows() == m && (b == null || form.n(b) == n && form.kOfRight(b) == k),
                    "%s of %s x %s and %s does not give %s x %s",
                    form,
                    a.rows(),
                    a.cols(),
                    b == null ? "packed weights" : b.rows() + " x " + b.cols(),
                    c.rows(),
                    n);
            Preconditions.checkArgument(
                    b != null || packedB.byteSize() >= packedBytes(n, k), "the packed operand is too small");
        }

        void run() {
            if (m == 0 || n == 0) {
                return;
            }
            if (k == 0) {
                if (!accumulate) {
                    c.clear();
                }
                return;
            }
            int depth = panels(k, panels(k, BLOCK_K));
            for (int n0 = 0; n0 < n; n0 += BLOCK_N) {
                int n1 = Math.min(n, n0 + BLOCK_N);
                for (int k0 = 0; k0 < k; k0 += depth) {
                    int k1 = Math.min(k, k0 + depth);
                    for (int m0 = 0; m0 < m; m0 += BLOCK_M) {
                        block(m0, Math.min(m, m0 + BLOCK_M), n0, n1, k0, k1);
                    }
                }
            }
        }

        private void block(int m0, int m1, int n0, int n1, int k0, int k1) {
            int depth = k1 - k0;
            int leftPanels = panels(m1 - m0, TILE_ROWS);
            int rightPanels = panels(n1 - n0, TILE_COLS);
            MemorySegment left = buffers.left((long) leftPanels * depth * TILE_ROWS);
            MemorySegment right = packedB != null ? packedB : buffers.right((long) rightPanels * depth * TILE_COLS);
            int rightTasks = packedB == null && m0 == 0 ? rightPanels : 0;
            each(rightTasks + panels(m1 - m0, TASK_M), (i, scratch) -> {
                if (i < rightTasks) {
                    packRight(n0 + i * TILE_COLS, n1, k0, k1, right, panelByte(i, depth), scratch);
                } else {
                    int row = m0 + (i - rightTasks) * TASK_M;
                    packLeft(row, Math.min(m1, row + TASK_M), k0, k1, left, leftByte(row - m0, depth), scratch);
                }
            });
            int colTasks = panels(n1 - n0, TASK_N);
            each(panels(m1 - m0, TASK_M) * colTasks, (i, scratch) -> {
                int row = m0 + i / colTasks * TASK_M;
                int col = n0 + i % colTasks * TASK_N;
                int rowEnd = Math.min(m1, row + TASK_M);
                int colEnd = Math.min(n1, col + TASK_N);
                for (int j = col; j < colEnd; j += TILE_COLS) {
                    long rightAt = packedB == null
                            ? panelByte((j - n0) / TILE_COLS, depth)
                            : panelByte(j / TILE_COLS, k) + k0 * TILE_STRIDE;
                    tiles(
                            left,
                            m0,
                            row,
                            rowEnd,
                            right,
                            rightAt,
                            j,
                            Math.min(colEnd, j + TILE_COLS),
                            k0,
                            depth,
                            scratch);
                }
            });
        }

        private void each(int count, PackTask task) {
            if (alone) {
                for (int i = 0; i < count; i++) {
                    task.run(i, buffers);
                }
            } else {
                workers.forEach(count, (i, worker) -> task.run(i, own[worker]));
            }
        }

        /** The panels of a task. */
        private void packLeft(int row, int rowEnd, int k0, int k1, MemorySegment to, long at, Buffers scratch) {
            if (form == Form.AT_B) {
                packColumns(a, row, rowEnd, k0, k1, to, at, scratch);
                return;
            }
            for (int first = row; first < rowEnd; first += TILE_ROWS) {
                long panelAt = at + leftByte(first - row, k1 - k0);
                packTransposed(a, first, Math.min(rowEnd, first + TILE_ROWS), TILE_ROWS, k0, k1, to, panelAt, scratch);
            }
        }

        private void packRight(int col, int colEnd, int k0, int k1, MemorySegment to, long at, Buffers scratch) {
            if (form == Form.A_BT) {
                packTransposed(b, col, Math.min(colEnd, col + TILE_COLS), TILE_COLS, k0, k1, to, at, scratch);
            } else {
                packPlain(b, col, Math.min(colEnd, col + TILE_COLS), k0, k1, to, at);
            }
        }

        /** All rows of a task against one right panel. */
        private void tiles(
                MemorySegment left,
                int m0,
                int row0,
                int row1,
                MemorySegment right,
                long rightAt,
                int col,
                int colEnd,
                int k0,
                int depth,
                Buffers scratch) {
            boolean add = accumulate || k0 > 0;
            MemorySegment target = c.segment();
            long stride = (long) c.stride() * Float.BYTES;
            int cols = colEnd - col;
            for (int row = row0; row < row1; row += TILE_ROWS) {
                long leftAt = leftByte(row - m0, depth);
                long at = c.rowByte(row) + (long) col * Float.BYTES;
                int rows = Math.min(TILE_ROWS, row1 - row);
                if (rows == TILE_ROWS && cols == TILE_COLS) {
                    if (add) {
                        tile(depth, left, leftAt, right, rightAt, target, at, stride, target, at, stride);
                    } else {
                        tile(depth, left, leftAt, right, rightAt, zeros, 0, 0, target, at, stride);
                    }
                } else {
                    MemorySegment edge = scratch.edge;
                    if (add) {
                        copyTile(target, at, stride, edge, 0, TILE_STRIDE, rows, cols);
                    } else {
                        edge.fill((byte) 0);
                    }
                    tile(depth, left, leftAt, right, rightAt, edge, 0, TILE_STRIDE, edge, 0, TILE_STRIDE);
                    copyTile(edge, 0, TILE_STRIDE, target, at, stride, rows, cols);
                }
            }
        }
    }

    @FunctionalInterface
    private interface PackTask {
        void run(int index, Buffers scratch);
    }

    private static void copyTile(
            MemorySegment from,
            long fromAt,
            long fromStride,
            MemorySegment to,
            long toAt,
            long toStride,
            int rows,
            int cols) {
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(from, fromAt + row * fromStride, to, toAt + row * toStride, (long) cols * Float.BYTES);
        }
    }

    /** Rows of a matrix side by side: to[(i - k0) * width + j] = from[row + j, i], zero from rowEnd on. */
    private static void packTransposed(
            Matrix from, int row, int rowEnd, int width, int k0, int k1, MemorySegment to, long at, Buffers scratch) {
        int depth = k1 - k0;
        int rows = rowEnd - row;
        float[] plain = scratch.plain(depth * width);
        float[] panel = scratch.panel(depth * width);
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

    /** Columns of a matrix: to[(i - k0) * TILE_COLS + j] = from[i, col + j], zero from colEnd on. */
    private static void packPlain(Matrix from, int col, int colEnd, int k0, int k1, MemorySegment to, long at) {
        int cols = colEnd - col;
        for (int i = k0; i < k1; i++, at += TILE_STRIDE) {
            long source = from.rowByte(i) + (long) col * Float.BYTES;
            if (cols == TILE_COLS) {
                vector(from.segment(), source).intoMemorySegment(to, at, ORDER);
                vector(from.segment(), source + VECTOR_BYTES).intoMemorySegment(to, at + VECTOR_BYTES, ORDER);
            } else {
                to.asSlice(at, TILE_STRIDE).fill((byte) 0);
                MemorySegment.copy(from.segment(), source, to, at, (long) cols * Float.BYTES);
            }
        }
    }

    /** Columns of a matrix as panels of {@value #TILE_ROWS}, read row by row in one sweep over all panels of a task. */
    private static void packColumns(
            Matrix from, int col, int colEnd, int k0, int k1, MemorySegment to, long at, Buffers scratch) {
        int depth = k1 - k0;
        int cols = colEnd - col;
        int panels = panels(cols, TILE_ROWS);
        float[] plain = scratch.plain(panels * TILE_ROWS);
        float[] panel = scratch.panel(panels * TILE_ROWS * depth);
        Arrays.fill(plain, 0, panels * TILE_ROWS, 0);
        for (int i = 0; i < depth; i++) {
            long source = from.rowByte(k0 + i) + (long) col * Float.BYTES;
            MemorySegment.copy(from.segment(), ValueLayout.JAVA_FLOAT, source, plain, 0, cols);
            for (int p = 0; p < panels; p++) {
                System.arraycopy(plain, p * TILE_ROWS, panel, (p * depth + i) * TILE_ROWS, TILE_ROWS);
            }
        }
        MemorySegment.copy(panel, 0, to, ValueLayout.JAVA_FLOAT, at, panels * TILE_ROWS * depth);
    }

    private static FloatVector vector(MemorySegment segment, long at) {
        return FloatVector.fromMemorySegment(SPECIES, segment, at, ORDER);
    }

    private static FloatVector scalar(MemorySegment segment, long at) {
        return FloatVector.broadcast(SPECIES, segment.get(ValueLayout.JAVA_FLOAT, at));
    }

    /**
     * Twelve accumulators, two right vectors and one left scalar: all in sixteen vector registers. The accumulators always start
     * from memory, because a choice between a vector and zero would put them on the heap.
     */
    private static void tile(
            int depth,
            MemorySegment left,
            long leftAt,
            MemorySegment right,
            long rightAt,
            MemorySegment start,
            long startAt,
            long startStride,
            MemorySegment c,
            long at,
            long stride) {
        FloatVector c00 = vector(start, startAt);
        FloatVector c01 = vector(start, startAt + VECTOR_BYTES);
        FloatVector c10 = vector(start, startAt + startStride);
        FloatVector c11 = vector(start, startAt + startStride + VECTOR_BYTES);
        FloatVector c20 = vector(start, startAt + 2 * startStride);
        FloatVector c21 = vector(start, startAt + 2 * startStride + VECTOR_BYTES);
        FloatVector c30 = vector(start, startAt + 3 * startStride);
        FloatVector c31 = vector(start, startAt + 3 * startStride + VECTOR_BYTES);
        FloatVector c40 = vector(start, startAt + 4 * startStride);
        FloatVector c41 = vector(start, startAt + 4 * startStride + VECTOR_BYTES);
        FloatVector c50 = vector(start, startAt + 5 * startStride);
        FloatVector c51 = vector(start, startAt + 5 * startStride + VECTOR_BYTES);
        long l = leftAt;
        long r = rightAt;
        for (int i = 0; i < depth; i++) {
            FloatVector r0 = vector(right, r);
            FloatVector r1 = vector(right, r + VECTOR_BYTES);
            FloatVector x = scalar(left, l);
            c00 = x.fma(r0, c00);
            c01 = x.fma(r1, c01);
            x = scalar(left, l + 4);
            c10 = x.fma(r0, c10);
            c11 = x.fma(r1, c11);
            x = scalar(left, l + 8);
            c20 = x.fma(r0, c20);
            c21 = x.fma(r1, c21);
            x = scalar(left, l + 12);
            c30 = x.fma(r0, c30);
            c31 = x.fma(r1, c31);
            x = scalar(left, l + 16);
            c40 = x.fma(r0, c40);
            c41 = x.fma(r1, c41);
            x = scalar(left, l + 20);
            c50 = x.fma(r0, c50);
            c51 = x.fma(r1, c51);
            l += TILE_ROWS * Float.BYTES;
            r += TILE_STRIDE;
        }
        c00.intoMemorySegment(c, at, ORDER);
        c01.intoMemorySegment(c, at + VECTOR_BYTES, ORDER);
        c10.intoMemorySegment(c, at + stride, ORDER);
        c11.intoMemorySegment(c, at + stride + VECTOR_BYTES, ORDER);
        c20.intoMemorySegment(c, at + 2 * stride, ORDER);
        c21.intoMemorySegment(c, at + 2 * stride + VECTOR_BYTES, ORDER);
        c30.intoMemorySegment(c, at + 3 * stride, ORDER);
        c31.intoMemorySegment(c, at + 3 * stride + VECTOR_BYTES, ORDER);
        c40.intoMemorySegment(c, at + 4 * stride, ORDER);
        c41.intoMemorySegment(c, at + 4 * stride + VECTOR_BYTES, ORDER);
        c50.intoMemorySegment(c, at + 5 * stride, ORDER);
        c51.intoMemorySegment(c, at + 5 * stride + VECTOR_BYTES, ORDER);
    }

    /** One row times packed weights: the step of generating one token, bound by reading the weights once. */
    private void multiplyRow(Matrix a, MemorySegment packed, Matrix c, boolean accumulate) {
        int k = a.cols();
        int n = c.cols();
        Preconditions.checkArgument(
                c.rows() == 1 && packed.byteSize() >= packedBytes(n, k), "sizes of the product do not agree");
        int panels = panels(n, TILE_COLS);
        int perTask = Math.max(1, (int) Math.min(panels, PARALLEL_FROM / ((long) k * TILE_COLS)));
        workers.forEach(panels(panels, perTask), (task, worker) -> {
            int last = Math.min(panels, (task + 1) * perTask);
            for (int panel = task * perTask; panel < last; panel++) {
                int cols = Math.min(TILE_COLS, n - panel * TILE_COLS);
                long at = c.rowByte(0) + panel * TILE_STRIDE;
                if (cols == TILE_COLS) {
                    MemorySegment start = accumulate ? c.segment() : zeros;
                    rowTile(
                            k,
                            a.segment(),
                            a.rowByte(0),
                            packed,
                            panelByte(panel, k),
                            start,
                            accumulate ? at : 0,
                            c.segment(),
                            at);
                } else {
                    MemorySegment edge = own[worker].edge;
                    edge.fill((byte) 0);
                    if (accumulate) {
                        copyTile(c.segment(), at, 0, edge, 0, 0, 1, cols);
                    }
                    rowTile(k, a.segment(), a.rowByte(0), packed, panelByte(panel, k), edge, 0, edge, 0);
                    copyTile(edge, 0, 0, c.segment(), at, 0, 1, cols);
                }
            }
        });
    }

    private static void rowTile(
            int depth,
            MemorySegment left,
            long leftAt,
            MemorySegment right,
            long rightAt,
            MemorySegment start,
            long startAt,
            MemorySegment c,
            long at) {
        FloatVector c0 = vector(start, startAt);
        FloatVector c1 = vector(start, startAt + VECTOR_BYTES);
        for (int i = 0; i < depth; i++) {
            FloatVector x = scalar(left, leftAt + (long) i * Float.BYTES);
            long r = rightAt + i * TILE_STRIDE;
            c0 = x.fma(vector(right, r), c0);
            c1 = x.fma(vector(right, r + VECTOR_BYTES), c1);
        }
        c0.intoMemorySegment(c, at, ORDER);
        c1.intoMemorySegment(c, at + VECTOR_BYTES, ORDER);
    }

    /** Memory for packed operands, kept from product to product; grows to the largest that was needed. */
    private final class Buffers {
        private final MemorySegment edge = arena.allocate(TILE_ROWS * TILE_STRIDE, 64);
        private MemorySegment left = MemorySegment.NULL;
        private MemorySegment right = MemorySegment.NULL;
        private float[] plain = new float[0];
        private float[] panel = new float[0];

        MemorySegment left(long floats) {
            if (left.byteSize() < floats * Float.BYTES) {
                left = arena.allocate(floats * Float.BYTES, 64);
            }
            return left;
        }

        MemorySegment right(long floats) {
            if (right.byteSize() < floats * Float.BYTES) {
                right = arena.allocate(floats * Float.BYTES, 64);
            }
            return right;
        }

        float[] plain(int size) {
            if (plain.length < size) {
                plain = new float[size];
            }
            return plain;
        }

        float[] panel(int size) {
            if (panel.length < size) {
                panel = new float[size];
            }
            return panel;
        }
    }
}
