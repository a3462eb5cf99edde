package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.ColumnGain;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.PackedWeights;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * The magnitude of a weight-decomposed adapter (DoRA): a layer's gain is magnitude / |W + scale · B · A|, the norm of each of its
 * outputs' weights, which counts as a constant (as PEFT detaches it).
 */
final class Magnitude {
    /** Rows of the weight that are in float32 at a time. */
    private static final int BLOCK = 4 * PackedWeights.ROW_MULTIPLE;

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
    void refresh(Workers workers, Gemm gemm, WeightMatrix base, boolean transposed, Matrix a, Matrix b, float scale) {
        double[] norms = norms(workers, gemm, base, transposed, a, b, scale);
        for (int i = 0; i < norms.length; i++) {
            inverseNorm.set(0, i, (float) (1 / norms[i]));
            gain.set(0, i, (float) (weight.value().get(0, i) / norms[i]));
        }
    }

    /** The norm of each output's weights in W + scale · B · A, [out]. */
    static double[] norms(
            Workers workers, Gemm gemm, WeightMatrix base, boolean transposed, Matrix a, Matrix b, float scale) {
        double[] squares = new double[b.rows()];
        try (Arena arena = Arena.ofShared()) {
            Matrix left = transposed ? a.transposed(arena) : b;
            Matrix right = transposed ? b : a;
            int block = Math.min(base.rows(), BLOCK);
            Matrix memory = Matrix.allocate(arena, block, base.cols());
            Matrix changes = Matrix.allocate(arena, block, base.cols());
            for (int from = 0; from < base.rows(); from += block) {
                int to = Math.min(base.rows(), from + block);
                Matrix change = changes.rowRange(0, to - from);
                gemm.multiply(transposed ? Form.A_BT : Form.A_B, left.rowRange(from, to), right, change, false);
                addSquares(workers, base.inFloat32(gemm, from, to, memory), change, scale, transposed, squares, from);
            }
        }
        return Arrays.stream(squares).map(Math::sqrt).toArray();
    }

    /** Adds the squares of base + scale · change to the sums of their outputs, which are the columns, or the rows from the given one on. */
    private static void addSquares(
            Workers workers,
            Matrix base,
            Matrix change,
            float scale,
            boolean transposed,
            double[] squares,
            int firstRow) {
        int outputs = transposed ? base.cols() : base.rows();
        int inputs = transposed ? base.rows() : base.cols();
        int first = transposed ? 0 : firstRow;
        workers.forEach(outputs, (out, worker) -> {
            double sum = squares[first + out];
            for (int in = 0; in < inputs; in++) {
                int row = transposed ? in : out;
                int col = transposed ? out : in;
                double value = base.get(row, col) + (double) scale * change.get(row, col);
                sum += value * value;
            }
            squares[first + out] = sum;
        });
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
