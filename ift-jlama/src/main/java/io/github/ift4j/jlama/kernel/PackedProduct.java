package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Products of one left operand with packed weights: the steps of serving a model, from one row, which is bound by reading the weights
 * once, to hundreds.
 *
 * <p>A task is a block of rows times a few panels over the whole depth, so that weights are read in one sweep, threads meet only at the
 * end, and narrow layers still have tasks for all of them.
 */
final class PackedProduct {
    /** Longest block over k: a panel of it stays in the second-level cache for all rows. */
    private static final int BLOCK_K = 2048;
    /** Longest such block of weights that are unpacked first, for the first-level cache. */
    private static final int UNPACKED_K = 128;
    /** Longest unit of packed weights. */
    private static final int UNIT = 32;
    /** Rows of one task: a block of them stays in the second-level cache. */
    private static final int TASK_ROWS = 16 * GemmTile.ROWS;
    /** Tasks a thread, at least, where there are as many panels. */
    private static final int TASKS_A_THREAD = 8;
    /** Most multiply-adds of a task of several panels: panels in a row make a long sweep through memory, which is faster than short ones. */
    private static final long TASK_OPERATIONS = 1 << 19;

    private final Workers workers;
    private final Scratch[] scratch;

    /** @param arena owner of scratch memory */
    PackedProduct(Workers workers, Arena arena) {
        this.workers = workers;
        scratch = new Scratch[workers.size()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = new Scratch(arena);
        }
    }

    /**
     * c[i] = a · b[i]ᵀ, or c[i] += a · b[i]ᵀ.
     *
     * @param a [rows, inputs]
     * @param b each [outputs, inputs]
     * @param c each [rows, outputs]
     * @throws IllegalArgumentException when the sizes do not agree
     */
    void run(Matrix a, List<PackedWeights> b, List<Matrix> c, boolean accumulate) {
        Preconditions.checkArgument(b.size() == c.size(), "%s weights and %s results", b.size(), c.size());
        int rows = a.rows();
        int rowBlocks = Math.ceilDiv(rows, TASK_ROWS);
        if (rowBlocks == 0) {
            return;
        }
        int taskRows = Math.ceilDiv(rows, rowBlocks);
        int perTask = panelsOfTask(a.cols(), taskRows, rowBlocks, b);
        int[] ends = new int[b.size()];
        int tasks = 0;
        for (int i = 0; i < ends.length; i++) {
            check(a, b.get(i), c.get(i));
            tasks += Math.ceilDiv(panels(b.get(i)), perTask) * rowBlocks;
            ends[i] = tasks;
        }
        workers.forEach(tasks, (task, worker) -> {
            int i = 0;
            while (task >= ends[i]) {
                i++;
            }
            int index = i == 0 ? task : task - ends[i - 1];
            int row = index % rowBlocks * taskRows;
            int rowEnd = Math.min(rows, row + taskRows);
            int first = index / rowBlocks * perTask;
            int end = Math.min(panels(b.get(i)), first + perTask);
            for (int panel = first; panel < end; panel++) {
                scratch[worker].multiply(a, row, rowEnd, b.get(i), panel, c.get(i), accumulate);
            }
        });
    }

    private static void check(Matrix a, PackedWeights b, Matrix c) {
        Preconditions.checkArgument(
                c.rows() == a.rows() && b.rows() == c.cols() && b.cols() == a.cols(),
                "A_BT of %s x %s and %s x %s does not give %s x %s",
                a.rows(),
                a.cols(),
                b.rows(),
                b.cols(),
                c.rows(),
                c.cols());
    }

    private int panelsOfTask(int inputs, int taskRows, int rowBlocks, List<PackedWeights> b) {
        int panels = b.stream().mapToInt(PackedProduct::panels).sum() * rowBlocks;
        long operations = Math.max(1, (long) taskRows * inputs * GemmTile.COLS);
        int most = panels / (TASKS_A_THREAD * workers.size());
        return Math.clamp(TASK_OPERATIONS / operations, 1, Math.max(1, most));
    }

    private static int panels(PackedWeights weights) {
        return Math.ceilDiv(weights.rows(), GemmTile.COLS);
    }

    /** One thread's memory. */
    private static final class Scratch {
        private final RowTiles tiles;
        private final MemorySegment unpacked;
        private final MemorySegment zeros;
        private final MemorySegment edge;

        Scratch(Arena arena) {
            tiles = new RowTiles(arena);
            unpacked = arena.allocate((UNPACKED_K + UNIT) * GemmTile.STRIDE, 64);
            zeros = arena.allocate(GemmTile.STRIDE, 64);
            edge = arena.allocate(GemmTile.STRIDE, 64);
        }

        /** Rows of a times one panel. */
        void multiply(Matrix a, int row, int rowEnd, PackedWeights b, int panel, Matrix c, boolean accumulate) {
            int col = panel * GemmTile.COLS;
            int cols = Math.min(GemmTile.COLS, b.rows() - col);
            long at = c.rowByte(row) + (long) col * Float.BYTES;
            if (rowEnd - row == 1) {
                multiplyRow(a, row, b, panel, c, at, cols, accumulate);
                return;
            }
            boolean plain = b.format() == WeightFormat.FLOAT32;
            int unit = b.format().unit();
            int depth = blockOf(b.cols(), plain ? BLOCK_K : UNPACKED_K, unit);
            if (b.cols() == 0 && !accumulate) {
                c.rowRange(row, rowEnd).columnRange(col, col + cols).clear();
            }
            for (int k0 = 0; k0 < b.cols(); k0 += depth) {
                int k1 = Math.min(b.cols(), k0 + depth);
                MemorySegment right = b.panels();
                long rightAt = b.panelByte(panel, k0);
                if (!plain) {
                    PackedTile.unpack(b, panel, k0, k1, unpacked, 0);
                    right = unpacked;
                    rightAt = 0;
                }
                tiles.multiply(
                        rowEnd - row,
                        k1 - k0,
                        a.segment(),
                        a.rowByte(row) + (long) k0 * Float.BYTES,
                        (long) a.stride() * Float.BYTES,
                        right,
                        rightAt,
                        c.segment(),
                        at,
                        (long) c.stride() * Float.BYTES,
                        cols,
                        accumulate || k0 > 0);
            }
        }

        private void multiplyRow(
                Matrix a, int row, PackedWeights b, int panel, Matrix c, long at, int cols, boolean accumulate) {
            MemorySegment result = c.segment();
            if (cols == GemmTile.COLS) {
                MemorySegment start = accumulate ? result : zeros;
                PackedRow.multiply(b, panel, a.segment(), a.rowByte(row), start, accumulate ? at : 0, result, at);
                return;
            }
            MemorySegment start = zeros;
            if (accumulate) {
                GemmTile.copy(result, at, 0, edge, 0, 0, 1, cols);
                start = edge;
            }
            PackedRow.multiply(b, panel, a.segment(), a.rowByte(row), start, 0, edge, 0);
            GemmTile.copy(edge, 0, 0, result, at, 0, 1, cols);
        }

        /** Length of equal blocks over k, in whole units. */
        private static int blockOf(int k, int most, int unit) {
            int even = Math.ceilDiv(k, Math.max(1, Math.ceilDiv(k, most)));
            return Math.max(unit, Math.ceilDiv(even, unit) * unit);
        }
    }
}
