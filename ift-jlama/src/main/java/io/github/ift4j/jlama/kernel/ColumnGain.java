package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** A factor for each column: the gain of a weight-decomposed adapter. */
public final class ColumnGain {
    private ColumnGain() {}

    /**
     * out += (gain + offset) · x, column by column.
     *
     * @param x [rows, cols]
     * @param gain [1, cols]
     * @param out [rows, cols]
     */
    public static void forward(Workers workers, Matrix x, Matrix gain, float offset, Matrix out) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                for (int col = 0; col < x.cols(); col += LANES) {
                    VectorMask<Float> mask = SPECIES.indexInRange(col, x.cols());
                    long target = out.rowIndex(row) + col;
                    FloatVector factor =
                            load(gain.segment(), gain.rowIndex(0) + col, mask).add(offset);
                    FloatVector sum = load(x.segment(), x.rowIndex(row) + col, mask)
                            .fma(factor, load(out.segment(), target, mask));
                    store(sum, out.segment(), target, mask);
                }
            }
        });
    }

    /**
     * The gradient of the gain times a factor: dGain += factor · sum over rows, first to last, of x · dOut.
     *
     * @param x [rows, cols]
     * @param dOut [rows, cols]
     * @param factor [1, cols]
     * @param dGain [1, cols]
     */
    public static void backward(Workers workers, Matrix x, Matrix dOut, Matrix factor, Matrix dGain) {
        workers.forEach((x.cols() + LANES - 1) / LANES, (block, worker) -> {
            int col = block * LANES;
            VectorMask<Float> mask = SPECIES.indexInRange(col, x.cols());
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int row = 0; row < x.rows(); row++) {
                sum = load(x.segment(), x.rowIndex(row) + col, mask)
                        .fma(load(dOut.segment(), dOut.rowIndex(row) + col, mask), sum);
            }
            long target = dGain.rowIndex(0) + col;
            FloatVector scaled = sum.fma(
                    load(factor.segment(), factor.rowIndex(0) + col, mask), load(dGain.segment(), target, mask));
            store(scaled, dGain.segment(), target, mask);
        });
    }
}
