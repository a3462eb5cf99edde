package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.WIDE;
import static io.github.ift4j.jlama.kernel.Vectors.WIDE_LANES;
import static io.github.ift4j.jlama.kernel.Vectors.loadWide;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.DoubleVector;

/** Sums over rows, column by column, in float64: the gradients of biases and of normalisations' weights. */
final class ColumnSums {
    /** Columns that one task handles: a cache line's. */
    private static final int COLUMNS = 16;

    private ColumnSums() {}

    /** sum [1, cols] grows by all rows. */
    static void add(Workers workers, Matrix rows, Matrix sum) {
        forEach(workers, rows.cols(), (from, to, lanes) -> {
            int whole = Math.clamp(Vectors.wholeWide(rows.cols()), from, to);
            for (int col = from; col < whole; col += WIDE_LANES) {
                DoubleVector total = DoubleVector.zero(WIDE);
                for (int row = 0; row < rows.rows(); row++) {
                    total = total.add(loadWide(rows.segment(), rows.rowIndex(row) + col));
                }
                grow(sum, col, total, lanes);
            }
            for (int col = whole; col < to; col++) {
                double total = 0;
                for (int row = 0; row < rows.rows(); row++) {
                    total += rows.get(row, col);
                }
                grow(sum, col, total);
            }
        });
    }

    /**
     * sum [1, cols] grows by all rows of d · (x - mean) · inverse.
     *
     * @param d [rows, cols]
     * @param x [rows, cols]
     * @param mean [rows, 1], or null for 0
     * @param inverse [rows, 1]
     */
    static void addNormalised(Workers workers, Matrix d, Matrix x, Matrix mean, Matrix inverse, Matrix sum) {
        forEach(workers, x.cols(), (from, to, lanes) -> {
            int whole = Math.clamp(Vectors.wholeWide(x.cols()), from, to);
            for (int col = from; col < whole; col += WIDE_LANES) {
                DoubleVector total = DoubleVector.zero(WIDE);
                for (int row = 0; row < x.rows(); row++) {
                    double centre = mean == null ? 0 : mean.get(row, 0);
                    DoubleVector normalised = loadWide(x.segment(), x.rowIndex(row) + col)
                            .sub(centre)
                            .mul(inverse.get(row, 0));
                    total = loadWide(d.segment(), d.rowIndex(row) + col).fma(normalised, total);
                }
                grow(sum, col, total, lanes);
            }
            for (int col = whole; col < to; col++) {
                double total = 0;
                for (int row = 0; row < x.rows(); row++) {
                    double centre = mean == null ? 0 : mean.get(row, 0);
                    total += d.get(row, col) * ((x.get(row, col) - centre) * inverse.get(row, 0));
                }
                grow(sum, col, total);
            }
        });
    }

    private static void forEach(Workers workers, int cols, Body body) {
        workers.forEach((cols + COLUMNS - 1) / COLUMNS, (block, worker) -> {
            body.run(block * COLUMNS, Math.min(cols, (block + 1) * COLUMNS), new double[WIDE_LANES]);
        });
    }

    private static void grow(Matrix sum, int col, DoubleVector by, double[] lanes) {
        by.intoArray(lanes, 0);
        for (int lane = 0; lane < WIDE_LANES; lane++) {
            grow(sum, col + lane, lanes[lane]);
        }
    }

    private static void grow(Matrix sum, int col, double by) {
        sum.set(0, col, (float) (sum.get(0, col) + by));
    }

    /** Handles the columns {@code from} (inclusive) to {@code to} (exclusive). */
    @FunctionalInterface
    private interface Body {
        void run(int from, int to, double[] lanes);
    }
}
