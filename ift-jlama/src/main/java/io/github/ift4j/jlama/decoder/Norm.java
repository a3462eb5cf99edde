package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.NormConfig.Kind;
import io.github.ift4j.jlama.kernel.LayerNorm;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.RmsNorm;

/**
 * A normalisation of rows with its weights.
 *
 * @param kind how a row is normalised
 * @param epsilon added to the mean square or the variance
 * @param weight [1, width]
 * @param bias [1, width]; null but for layer norms
 */
record Norm(Kind kind, float epsilon, Weight weight, Weight bias) {
    /** Numbers a row that the backward pass needs. */
    static int statistics(Kind kind) {
        return kind == Kind.LAYER ? 2 : 1;
    }

    /**
     * @param x [rows, width]
     * @param out [rows, width]
     * @param statistics receives what the backward pass needs, [rows, {@link #statistics}]
     */
    void forward(Compute compute, Matrix x, Matrix out, Matrix statistics) {
        if (kind == Kind.LAYER) {
            LayerNorm.forward(compute.workers(), x, weight.value(), bias.value(), epsilon, out, statistics);
        } else {
            RmsNorm.forward(compute.workers(), x, weight.value(), kind.offset(), epsilon, out, statistics);
        }
    }

    /** dX grows by the gradient of the input; the gradients of the weights grow too. */
    void backward(Compute compute, Matrix x, Matrix statistics, Matrix dOut, Matrix dX) {
        if (kind == Kind.LAYER) {
            LayerNorm.backward(
                    compute.workers(), x, weight.value(), statistics, dOut, dX, weight.gradient(), bias.gradient());
        } else {
            RmsNorm.backward(
                    compute.workers(), x, weight.value(), kind.offset(), statistics, dOut, dX, weight.gradient());
        }
    }
}
