package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The Gaussian error linear unit in its approximation by tanh, HuggingFace's {@code gelu_new} and {@code gelu_pytorch_tanh}:
 * 0.5 x (1 + tanh(u)) with u = sqrt(2 / pi) (x + 0.044715 x³) (Hendrycks and Gimpel, Gaussian Error Linear Units, section 2).
 *
 * <p>As 0.5 (1 + tanh(u)) = sigmoid(2u), it is computed as x · sigmoid(2u), which keeps its digits where tanh(u) is close to -1.
 */
public final class Gelu {
    /** 2 sqrt(2 / pi). */
    private static final float LINEAR = 1.5957691216057308f;

    private static final float CUBIC = 0.044715f * LINEAR;

    private Gelu() {}

    /** Both matrices are [rows, intermediate]; they may be the same. */
    public static void forward(Workers workers, Matrix x, Matrix out) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                long at = x.rowIndex(row);
                long o = out.rowIndex(row);
                int whole = Vectors.whole(x.cols());
                for (int i = 0; i < whole; i += LANES) {
                    FloatVector v = load(x.segment(), at + i);
                    store(v.mul(gate(v)), out.segment(), o + i);
                }
                if (whole < x.cols()) {
                    VectorMask<Float> tail = Vectors.tail(x.cols());
                    FloatVector v = load(x.segment(), at + whole, tail);
                    store(v.mul(gate(v)), out.segment(), o + whole, tail);
                }
            }
        });
    }

    /**
     * Overwrites x with its gradient.
     *
     * @param dOut gradient of the output; overwritten with the output itself, which the next layer's weight gradient needs
     */
    public static void backward(Workers workers, Matrix x, Matrix dOut) {
        RowBlocks.forEach(workers, x.rows(), 2 * x.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                long at = x.rowIndex(row);
                long o = dOut.rowIndex(row);
                int whole = Vectors.whole(x.cols());
                for (int i = 0; i < whole; i += LANES) {
                    FloatVector v = load(x.segment(), at + i);
                    FloatVector gate = gate(v);
                    store(load(dOut.segment(), o + i).mul(slope(v, gate)), x.segment(), at + i);
                    store(v.mul(gate), dOut.segment(), o + i);
                }
                if (whole < x.cols()) {
                    VectorMask<Float> tail = Vectors.tail(x.cols());
                    FloatVector v = load(x.segment(), at + whole, tail);
                    FloatVector gate = gate(v);
                    store(load(dOut.segment(), o + whole, tail).mul(slope(v, gate)), x.segment(), at + whole, tail);
                    store(v.mul(gate), dOut.segment(), o + whole, tail);
                }
            }
        });
    }

    /** What x is multiplied by: sigmoid(2u). */
    static FloatVector gate(FloatVector x) {
        FloatVector factor =
                x.mul(x).fma(FloatVector.broadcast(SPECIES, CUBIC), FloatVector.broadcast(SPECIES, LINEAR));
        return Vectors.sigmoid(x.mul(factor));
    }

    /** The derivative s + x s (1 - s) · 2u' of x · s, where s is the {@link #gate}. */
    static FloatVector slope(FloatVector x, FloatVector gate) {
        FloatVector inner =
                x.mul(x).fma(FloatVector.broadcast(SPECIES, 3 * CUBIC), FloatVector.broadcast(SPECIES, LINEAR));
        FloatVector rest = FloatVector.broadcast(SPECIES, 1f).sub(gate);
        return x.mul(gate).mul(rest).fma(inner, gate);
    }
}
