package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
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
                for (int col = 0; col < from.cols(); col += LANES) {
                    VectorMask<Float> mask = SPECIES.indexInRange(col, from.cols());
                    FloatVector mixed = load(from.segment(), x + col, mask)
                            .mul(rest)
                            .add(load(from.segment(), y + col, mask).mul(lambda));
                    store(mixed, to.segment(), z + col, mask);
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
            int end = Math.min(from.cols(), (block + 1) * COLUMNS);
            for (int i = 0; i < rows.length; i++) {
                for (int col = block * COLUMNS; col < end; col += LANES) {
                    VectorMask<Float> mask = SPECIES.indexInRange(col, end);
                    long target = to.rowIndex(rows[i]) + col;
                    FloatVector sum =
                            load(to.segment(), target, mask).add(load(from.segment(), from.rowIndex(i) + col, mask));
                    store(sum, to.segment(), target, mask);
                }
            }
        });
    }

    /** Adds one row, such as a bias [1, cols], to every row. */
    public static void addToEach(Workers workers, Matrix row, Matrix to) {
        RowBlocks.forEach(workers, to.rows(), to.cols(), (first, last, worker) -> {
            for (int i = first; i < last; i++) {
                for (int col = 0; col < to.cols(); col += LANES) {
                    VectorMask<Float> mask = SPECIES.indexInRange(col, to.cols());
                    long target = to.rowIndex(i) + col;
                    FloatVector sum =
                            load(to.segment(), target, mask).add(load(row.segment(), row.rowIndex(0) + col, mask));
                    store(sum, to.segment(), target, mask);
                }
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
        long source = from.rowIndex(fromRow);
        long target = to.rowIndex(toRow);
        for (int col = 0; col < to.cols(); col += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(col, to.cols());
            FloatVector sum = load(from.segment(), source + col, mask)
                    .fma(FloatVector.broadcast(SPECIES, factor), load(to.segment(), target + col, mask));
            store(sum, to.segment(), target + col, mask);
        }
    }

    /** x = factor · x, in place. */
    public static void scale(Workers workers, Matrix x, float factor) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (first, last, worker) -> {
            for (int i = first; i < last; i++) {
                long at = x.rowIndex(i);
                for (int col = 0; col < x.cols(); col += LANES) {
                    VectorMask<Float> mask = SPECIES.indexInRange(col, x.cols());
                    store(load(x.segment(), at + col, mask).mul(factor), x.segment(), at + col, mask);
                }
            }
        });
    }

    /** sum [1, cols] grows by all rows: the gradient of a bias. */
    public static void addUp(Workers workers, Matrix rows, Matrix sum) {
        ColumnSums.add(workers, rows, sum);
    }
}
