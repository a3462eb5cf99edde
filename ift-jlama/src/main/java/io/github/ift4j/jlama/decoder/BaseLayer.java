package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import java.util.function.Supplier;

/**
 * A linear layer that an adapter may be attached to.
 *
 * @param inputs width of its input
 * @param outputs width of its output
 * @param transposed whether its weight is [in, out]
 * @param weight gives the weight in float32, [out, in] or [in, out] if transposed; asked for where the adapter depends on it
 */
record BaseLayer(int inputs, int outputs, boolean transposed, Supplier<Matrix> weight) {
    /** A layer over a plain weight. */
    static BaseLayer of(Matrix weight, boolean transposed) {
        int inputs = transposed ? weight.rows() : weight.cols();
        int outputs = transposed ? weight.cols() : weight.rows();
        return new BaseLayer(inputs, outputs, transposed, () -> weight);
    }
}
