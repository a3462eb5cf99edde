package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Moving and adding rows: embeddings, biases and their gradients. */
public final class Rows {
    /** Columns that one task handles, so that rows can be added one after the other without two threads in one place. */
    private static final int COLUMNS = 4 * LANES;

    private Rows() {}

    /** to[i] = from[rows[i]]; to is [rows.length, cols]. */
    public static void gather(Workers workers, Matrix from, int[] rows, Matrix to) {
        RowBlocks.forEach(workers, rows.length, from.cols(), (first, last, worker) -> {
            for (int i = first; i < last; i++) {
                to.copyRow(i, from, rows[i]);
            }
        });
    }

    /** to[i] = (1 - lambda) from[a[i]] + lambda from[b[i]], the mixed embedding of the temporal residual connection. */
    public static void gatherMixed(Workers workers, Matrix from, int[] a, int[] b, float lambda, Matrix to) {
        float rest = 1 - lambda;
        RowBlocks.forEach(workers, a.length, from.cols(), (first, last, worker) -> {
            for (int i = first; i < last; i++) {
                if (a[i] == b[i]) {
                    to.copyRow(i, from, a[i]);
                    continue;
                }
                long x = from.rowIndex(a[i]);
                long y = from.rowIndex(b[i]);
                long z = to.rowIndex(i);
                int whole = Vectors.whole(from.cols());
                for (int col = 0; col < whole; col += LANES) {
                    FloatVector mixed = load(from.segment(), x + col)
                            .mul(rest)
                            .add(load(from.segment(), y + col).mul(lambda));
                    store(mixed, to.segment(), z + col);
                }
                if (whole < from.cols()) {
                    VectorMask<Float> tail = Vectors.tail(from.cols());
                    FloatVector mixed = load(from.segment(), x + whole, tail)
                            .mul(rest)
                            .add(load(from.segment(), y + whole, tail).mul(lambda));
                    store(mixed, to.segment(), z + whole, tail);
                }
            }
        });
    }

    /** to[i] += from[rows[i]]; to is [rows.length, cols]. */
    public static void gatherAdd(Workers workers, Matrix from, int[] rows, Matrix to) {
        RowBlocks.forEach(workers, rows.length, from.cols(), (first, last, worker) -> {
            for (int i = first; i < last; i++) {
                addRow(from, rows[i], 1, to, i);
            }
        });
    }

    /** to[rows[i]] += from[i] for i = 0, 1, … in that order; rows may repeat. */
    public static void scatterAdd(Workers workers, Matrix from, int[] rows, Matrix to) {
        workers.forEach((from.cols() + COLUMNS - 1) / COLUMNS, (block, worker) -> {
            int first = block * COLUMNS;
            int end = Math.min(from.cols(), first + COLUMNS);
            for (int i = 0; i < rows.length; i++) {
                addRow(from, i, 1, to, rows[i], first, end);
            }
        });
    }

    /** Adds one row, such as a bias [1, cols], to every row. */
    public static void addToEach(Workers workers, Matrix row, Matrix to) {
        RowBlocks.forEach(workers, to.rows(), to.cols(), (first, last, worker) -> {
            for (int i = first; i < last; i++) {
                addRow(row, 0, 1, to, i);
            }
        });
    }

    /** to += factor · from; both [rows, cols]. */
    public static void addScaled(Workers workers, Matrix from, float factor, Matrix to) {
        RowBlocks.forEach(workers, to.rows(), to.cols(), (first, last, worker) -> {
            for (int i = first; i < last; i++) {
                addRow(from, i, factor, to, i);
            }
        });
    }

    private static void addRow(Matrix from, int fromRow, float factor, Matrix to, int toRow) {
        addRow(from, fromRow, factor, to, toRow, 0, to.cols());
    }

    /** Adds the columns {@code first} (inclusive) to {@code end} (exclusive). */
    private static void addRow(Matrix from, int fromRow, float factor, Matrix to, int toRow, int first, int end) {
        MemorySegment fromMemory = NativeMemory.check(from.segment());
        MemorySegment toMemory = NativeMemory.check(to.segment());
        long source = from.rowIndex(fromRow) + first;
        long target = to.rowIndex(toRow) + first;
        int whole = Vectors.whole(end - first);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector sum = load(fromMemory, source + i)
                    .fma(FloatVector.broadcast(SPECIES, factor), load(toMemory, target + i));
            store(sum, toMemory, target + i);
        }
        if (whole < end - first) {
            VectorMask<Float> tail = Vectors.tail(end - first);
            FloatVector sum = load(fromMemory, source + whole, tail)
                    .fma(FloatVector.broadcast(SPECIES, factor), load(toMemory, target + whole, tail));
            store(sum, toMemory, target + whole, tail);
        }
    }

    /** x = factor · x, in place. */
    public static void scale(Workers workers, Matrix x, float factor) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (first, last, worker) -> {
            for (int i = first; i < last; i++) {
                long at = x.rowIndex(i);
                int whole = Vectors.whole(x.cols());
                for (int col = 0; col < whole; col += LANES) {
                    store(load(x.segment(), at + col).mul(factor), x.segment(), at + col);
                }
                if (whole < x.cols()) {
                    VectorMask<Float> tail = Vectors.tail(x.cols());
                    store(load(x.segment(), at + whole, tail).mul(factor), x.segment(), at + whole, tail);
                }
            }
        });
    }

    /** sum [1, cols] grows by all rows: the gradient of a bias. */
    public static void addUp(Workers workers, Matrix rows, Matrix sum) {
        ColumnSums.add(workers, rows, sum);
    }
}
