package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** A factor for each row: the share that a router gives to an expert's output. */
public final class RowShare {
    private RowShare() {}

    /**
     * x = share · x, row by row, in place.
     *
     * @param x [rows, cols]
     * @param share [rows]
     */
    public static void forward(Workers workers, Matrix x, float[] share) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                int whole = Vectors.whole(x.cols());
                for (int col = 0; col < whole; col += LANES) {
                    long at = x.rowIndex(row) + col;
                    store(load(x.segment(), at).mul(share[row]), x.segment(), at);
                }
                if (whole < x.cols()) {
                    VectorMask<Float> tail = Vectors.tail(x.cols());
                    long at = x.rowIndex(row) + whole;
                    store(load(x.segment(), at, tail).mul(share[row]), x.segment(), at, tail);
                }
            }
        });
    }

    /**
     * The gradient of the shares, the dot products of rows of x and of dOut.
     *
     * @param x holds the rows before they were multiplied, [any, cols]
     * @param xRows row of x for each row of dOut
     * @param dOut [rows, cols]
     * @param dShare receives the gradient, [rows]
     */
    public static void backward(Workers workers, Matrix x, int[] xRows, Matrix dOut, float[] dShare) {
        RowBlocks.forEach(workers, dOut.rows(), x.cols(), (from, to, worker) -> {
            float[] lanes = new float[LANES];
            for (int row = from; row < to; row++) {
                FloatVector sum = FloatVector.zero(SPECIES);
                int whole = Vectors.whole(x.cols());
                for (int col = 0; col < whole; col += LANES) {
                    sum = load(x.segment(), x.rowIndex(xRows[row]) + col)
                            .fma(load(dOut.segment(), dOut.rowIndex(row) + col), sum);
                }
                if (whole < x.cols()) {
                    VectorMask<Float> tail = Vectors.tail(x.cols());
                    sum = load(x.segment(), x.rowIndex(xRows[row]) + whole, tail)
                            .fma(load(dOut.segment(), dOut.rowIndex(row) + whole, tail), sum);
                }
                dShare[row] = (float) Vectors.sum(sum, lanes);
            }
        });
    }
}
