package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.runtime.HugePageArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Matrix products in plain Java: the right operand is packed into panels that fit the caches ({@link GemmPanels}), and a register-blocked
 * kernel of {@value GemmTile#ROWS} rows by two vectors multiplies them with blocks of the left one ({@link ArrayTiles}).
 *
 * <p>Blocking over k starts each block from the stored partial result, so the order of summation is that of the plain loop (see
 * {@link Gemm}).
 */
public final class VectorGemm implements Gemm {
    /** Longest block over k: the longer, the more rarely sums go to memory and back, though panels come from the second-level cache. */
    private static final int BLOCK_K = ArrayTile.DEPTH;
    /** Columns packed at a time. */
    private static final int BLOCK_N = 2048;
    /** Rows of one task: its left block stays in the second-level cache. */
    private static final int TASK_M = 12 * GemmTile.ROWS;
    /** Most panels of one task, and tasks a thread at least; other numbers for {@link Form#AT_B}, where taking the rows costs more. */
    private static final int TASK_PANELS = 8;

    private static final int TASKS_A_THREAD = 8;
    private static final int TRANSPOSED_TASKS_A_THREAD = 2;
    /** Packed weights of fewer bits than float32 are unpacked once for all rows from so many on, else by each task for its own. */
    private static final int SHARED_FROM = 192;
    /** Products smaller than this many multiply-adds run on the calling thread. */
    private static final long PARALLEL_FROM = 1 << 16;

    private final Workers workers;
    private final Arena arena = new HugePageArena();
    private final Buffers shared = new Buffers(false);
    private final Buffers[] own;
    private final PackedProduct packedProduct;

    /** @param workers the threads to run on; not closed with this object */
    public VectorGemm(Workers workers) {
        this.workers = workers;
        own = new Buffers[workers.size()];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Buffers(true);
        }
        packedProduct = new PackedProduct(workers, arena);
    }

    @Override
    public String name() {
        return "vector" + SPECIES.vectorBitSize();
    }

    @Override
    public void multiply(Form form, Matrix a, Matrix b, Matrix c, boolean accumulate) {
        boolean alone = isAlone((long) form.m(a) * form.n(b) * form.k(a));
        (alone ? own[0] : shared).product.run(form, a, new RightOperand.Plain(b), c, accumulate);
    }

    private boolean isAlone(long operations) {
        return workers.size() == 1 || operations < PARALLEL_FROM;
    }

    @Override
    public void multiply(int worker, Form form, Matrix a, Matrix b, Matrix c, boolean accumulate) {
        own[worker].product.run(form, a, new RightOperand.Plain(b), c, accumulate);
    }

    @Override
    public PackedWeights pack(Matrix b, Arena owner) {
        PackedWeights packed = packed(WeightFormat.FLOAT32, b.rows(), b.cols(), owner);
        workers.forEach(GemmPanels.count(b.rows(), GemmTile.COLS), (panel, worker) -> {
            int row = panel * GemmTile.COLS;
            int rowEnd = Math.min(b.rows(), row + GemmTile.COLS);
            own[worker].panels.packTransposed(b, row, rowEnd, 0, b.cols(), packed.panels(), packed.panelByte(panel));
        });
        return packed;
    }

    @Override
    public PackedWeights pack(StoredWeights b, Arena owner) {
        PackedWeights packed = packed(b.format(), b.rows(), b.cols(), owner);
        int panels = GemmPanels.count(b.rows(), GemmTile.COLS);
        int perTask = Math.max(1, (int) (PARALLEL_FROM / Math.max(1, (long) b.cols() * GemmTile.COLS)));
        workers.forEach(GemmPanels.count(panels, perTask), (task, worker) -> {
            PackedPanels packing = new PackedPanels(b);
            for (int panel = task * perTask; panel < Math.min(panels, (task + 1) * perTask); panel++) {
                packing.pack(panel, packed.panels(), packed.panelByte(panel));
            }
        });
        return packed;
    }

    private static PackedWeights packed(WeightFormat format, int rows, int cols, Arena owner) {
        long bytes = Math.max(1, PackedWeights.bytes(format, rows, cols));
        return new PackedWeights(format, rows, cols, owner.allocate(bytes, 64));
    }

    @Override
    public void multiplyPacked(Form form, Matrix a, PackedWeights b, Matrix c, boolean accumulate) {
        if (form == Form.A_BT && !unpacksOnce(a, b)) {
            packedProduct.run(a, List.of(b), List.of(c), accumulate);
        } else {
            boolean alone = isAlone((long) a.rows() * b.rows() * b.cols());
            (alone ? own[0] : shared).product.run(form, a, new RightOperand.Packed(b), c, accumulate);
        }
    }

    @Override
    public void multiplyPacked(Matrix a, List<PackedWeights> b, List<Matrix> c, boolean accumulate) {
        if (b.stream().anyMatch(weights -> unpacksOnce(a, weights))) {
            Gemm.super.multiplyPacked(a, b, c, accumulate);
        } else {
            packedProduct.run(a, b, c, accumulate);
        }
    }

    private static boolean unpacksOnce(Matrix a, PackedWeights b) {
        return b.format() != WeightFormat.FLOAT32 && a.rows() >= SHARED_FROM;
    }

    @Override
    public void unpack(PackedWeights b, int first, Matrix to) {
        Preconditions.checkArgument(
                first % GemmTile.COLS == 0 && first + to.rows() <= b.rows() && to.cols() == b.cols(),
                "%s x %s are no rows of %s x %s weights from %s on",
                to.rows(),
                to.cols(),
                b.rows(),
                b.cols(),
                first);
        workers.forEach(GemmPanels.count(to.rows(), GemmTile.COLS), (panel, worker) -> {
            int row = panel * GemmTile.COLS;
            int rows = Math.min(GemmTile.COLS, to.rows() - row);
            own[worker].panels.unpackRows(b, first / GemmTile.COLS + panel, to, row, rows);
        });
    }

    @Override
    public void close() {
        arena.close();
    }

    /** Products, one after the other; used again, because attention has thousands of small ones a step. */
    private final class Product {
        private final Buffers buffers;
        private final boolean alone;
        private final RightOperand.Block block = new RightOperand.Block();
        private final Workers.Task packing = (task, worker) -> this.b.pack(block, task, own[worker].panels);
        private final Workers.Task multiplying = (task, worker) -> multiply(task, own[worker]);
        private Form form;
        private Matrix a;
        private RightOperand b;
        private Matrix c;
        private boolean accumulate;
        private int m;
        private int n;
        private int k;
        private int n0;
        private int n1;
        private int k0;
        private int k1;
        private int taskCols;
        private int colTasks;
        private MemorySegment right;
        private long number;

        /** @param alone whether the calling thread does everything, with the given buffers alone */
        Product(Buffers buffers, boolean alone) {
            this.buffers = buffers;
            this.alone = alone;
        }

        void run(Form form, Matrix a, RightOperand b, Matrix c, boolean accumulate) {
            this.form = form;
            this.a = a;
            this.b = b;
            this.c = c;
            this.accumulate = accumulate;
            m = form.m(a);
            n = c.cols();
            k = form.k(a);
            check();
            if (m == 0 || n == 0) {
                return;
            }
            if (k == 0) {
                if (!accumulate) {
                    c.clear();
                }
                return;
            }
            int even = GemmPanels.count(k, GemmPanels.count(k, BLOCK_K));
            int depth = roundUp(even, b.multiple(form));
            for (n0 = 0; n0 < n; n0 += BLOCK_N) {
                n1 = Math.min(n, n0 + BLOCK_N);
                for (k0 = 0; k0 < k; k0 += depth) {
                    k1 = Math.min(k, k0 + depth);
                    block();
                }
            }
        }

        private void check() {
            Preconditions.checkArgument(
                    form != Form.AT_B || b instanceof RightOperand.Plain,
                    "packed weights are no right operand of AT_B");
            boolean transposed = form == Form.A_BT;
            Preconditions.checkArgument(
                    c.rows() == m && (transposed ? b.rows() : b.cols()) == n && (transposed ? b.cols() : b.rows()) == k,
                    "%s of %s x %s and %s x %s does not give %s x %s",
                    form,
                    a.rows(),
                    a.cols(),
                    b.rows(),
                    b.cols(),
                    c.rows(),
                    n);
        }

        private void block() {
            int depth = k1 - k0;
            int panelDepth = roundUp(depth, form == Form.A_BT ? b.multiple(form) : 1);
            int rightPanels = GemmPanels.count(n1 - n0, GemmTile.COLS);
            right = buffers.right((long) rightPanels * panelDepth * GemmTile.COLS);
            block.set(form, n0, n1, k0, k1, panelDepth, right);
            int packingTasks = b.tasks(block);
            number++;
            int tasks = divide(rightPanels);
            if (alone) {
                for (int i = 0; i < packingTasks; i++) {
                    b.pack(block, i, buffers.panels);
                }
                for (int i = 0; i < tasks; i++) {
                    multiply(i, buffers);
                }
            } else {
                workers.forEach(packingTasks, packing);
                workers.forEach(tasks, multiplying);
            }
        }

        /**
         * Divides the block's columns among tasks of about the same size, as far as threads need it: each task takes its rows anew.
         *
         * @return how many tasks there are
         */
        private int divide(int rightPanels) {
            int rowTasks = GemmPanels.count(m, TASK_M);
            int threads = alone ? 1 : workers.size();
            int parts = form == Form.AT_B
                    ? GemmPanels.count(TRANSPOSED_TASKS_A_THREAD * threads, rowTasks)
                    : Math.max(
                            GemmPanels.count(TASKS_A_THREAD * threads, rowTasks),
                            GemmPanels.count(rightPanels, TASK_PANELS));
            taskCols = GemmPanels.count(rightPanels, alone ? 1 : Math.min(rightPanels, parts)) * GemmTile.COLS;
            colTasks = GemmPanels.count(n1 - n0, taskCols);
            return rowTasks * colTasks;
        }

        private void multiply(int task, Buffers scratch) {
            int row = task / colTasks * TASK_M;
            int col = n0 + task % colTasks * taskCols;
            int rowEnd = Math.min(m, row + TASK_M);
            int colEnd = Math.min(n1, col + taskCols);
            load(row, rowEnd, scratch);
            long stride = (long) c.stride() * Float.BYTES;
            for (int j = col; j < colEnd; j += GemmTile.COLS) {
                long at = c.rowByte(row) + (long) j * Float.BYTES;
                int cols = Math.min(GemmTile.COLS, colEnd - j);
                long rightAt = block.panelByte((j - n0) / GemmTile.COLS);
                scratch.tiles.multiply(right, rightAt, c.segment(), at, stride, cols, accumulate || k0 > 0);
            }
        }

        /** Has a thread take the rows, unless it has them from the task before. */
        private void load(int row, int rowEnd, Buffers scratch) {
            if (scratch.loadedBy == this && scratch.loadedNumber == number && scratch.loadedRow == row) {
                return;
            }
            scratch.loadedBy = this;
            scratch.loadedNumber = number;
            scratch.loadedRow = row;
            if (form == Form.AT_B) {
                scratch.tiles.loadColumns(a, row, rowEnd, k0, k1);
            } else {
                long at = a.rowByte(row) + (long) k0 * Float.BYTES;
                scratch.tiles.loadRows(rowEnd - row, k1 - k0, a.segment(), at, (long) a.stride() * Float.BYTES);
            }
        }

        private static int roundUp(int count, int multiple) {
            return GemmPanels.count(count, multiple) * multiple;
        }
    }

    /** Memory for packed operands, kept from product to product; grows to the largest that was needed. */
    private final class Buffers {
        private final ArrayTiles tiles = new ArrayTiles();
        private final GemmPanels panels = new GemmPanels(arena);
        private final Product product;
        private MemorySegment right = MemorySegment.NULL;
        /** The left block that this thread's tiles have: of which product and block of it, and from which row on. */
        private Product loadedBy;

        private long loadedNumber;
        private int loadedRow;

        /** @param alone whether they are one thread's */
        Buffers(boolean alone) {
            product = new Product(this, alone);
        }

        /**
         * Memory for panels and a row more. Of an odd depth the last turn of {@link ArrayTile}'s loop reads one row of its two, but HotSpot
         * checks both before the loop, outside of the branch, and would give the compiled loop up a hundred times.
         */
        MemorySegment right(long floats) {
            long bytes = floats * Float.BYTES + GemmTile.STRIDE;
            if (right.byteSize() < bytes) {
                right = arena.allocate(bytes, 64);
            }
            return right;
        }
    }
}
