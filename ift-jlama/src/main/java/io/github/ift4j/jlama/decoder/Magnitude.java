package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.ColumnGain;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * The magnitude of a weight-decomposed adapter (DoRA): a layer's gain is magnitude / |W + scale · B · A|, the norm of each of its
 * outputs' weights, which counts as a constant (as PEFT detaches it).
 */
final class Magnitude {
    private final Weight weight;
    private final Matrix inverseNorm;
    private final Matrix gain;

    /**
     * @param weight the learned magnitude, [1, out]
     * @param arena owner of the gains
     */
    Magnitude(Weight weight, Arena arena) {
        this.weight = weight;
        inverseNorm = Matrix.allocate(arena, 1, weight.value().cols());
        gain = Matrix.allocate(arena, 1, weight.value().cols());
    }

    /** One with the same numbers, gains included, in memory of its own. */
    Magnitude copy(Arena arena) {
        Magnitude copy = new Magnitude(weight.copy(arena), arena);
        copy.inverseNorm.copyFrom(inverseNorm);
        copy.gain.copyFrom(gain);
        return copy;
    }

    Weight weight() {
        return weight;
    }

    /** magnitude / norm, [1, out], as of the last {@link #refresh}. */
    Matrix gain() {
        return gain;
    }

    /**
     * Computes the gains anew; must be called whenever W, A, B or the magnitude changed.
     *
     * @param base W, [out, in] or [in, out] if transposed
     * @param scale of the adapter
     */
    void refresh(Workers workers, Gemm gemm, Matrix base, boolean transposed, Matrix a, Matrix b, float scale) {
        double[] norms = norms(workers, gemm, base, transposed, a, b, scale);
        for (int i = 0; i < norms.length; i++) {
            inverseNorm.set(0, i, (float) (1 / norms[i]));
            gain.set(0, i, (float) (weight.value().get(0, i) / norms[i]));
        }
    }

    /** The norm of each output's weights in W + scale · B · A, [out]. */
    static double[] norms(
            Workers workers, Gemm gemm, Matrix base, boolean transposed, Matrix a, Matrix b, float scale) {
        double[] norms = new double[b.rows()];
        try (Arena arena = Arena.ofShared()) {
            Matrix change = Matrix.allocate(arena, base.rows(), base.cols());
            if (transposed) {
                gemm.multiply(Form.A_BT, a.transposed(arena), b, change, false);
            } else {
                gemm.multiply(Form.A_B, b, a, change, false);
            }
            workers.forEach(norms.length, (out, worker) -> {
                double squares = 0;
                int inputs = transposed ? base.rows() : base.cols();
                for (int in = 0; in < inputs; in++) {
                    int row = transposed ? in : out;
                    int col = transposed ? out : in;
                    double value = base.get(row, col) + (double) scale * change.get(row, col);
                    squares += value * value;
                }
                norms[out] = Math.sqrt(squares);
            });
        }
        return norms;
    }

    /**
     * Adds to the gradient of the magnitude.
     *
     * @param product x · Wᵀ + scale · x · Aᵀ · Bᵀ, [rows, out]
     * @param dOut gradient of the layer's output, [rows, out]
     */
    void backward(Workers workers, Matrix product, Matrix dOut) {
        ColumnGain.backward(workers, product, dOut, inverseNorm, weight.gradient());
    }
}
