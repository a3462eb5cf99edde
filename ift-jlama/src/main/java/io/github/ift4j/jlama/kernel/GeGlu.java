package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The gate of a Gemma MLP: out = gelu(gate) · up with the tanh approximation of {@link Gelu}. */
public final class GeGlu {
    private GeGlu() {}

    /** All matrices are [rows, intermediate]. */
    public static void forward(Workers workers, Matrix gate, Matrix up, Matrix out) {
        RowBlocks.forEach(workers, gate.rows(), gate.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                long g = gate.rowIndex(row);
                long u = up.rowIndex(row);
                long o = out.rowIndex(row);
                int whole = Vectors.whole(gate.cols());
                for (int i = 0; i < whole; i += LANES) {
                    FloatVector x = load(gate.segment(), g + i);
                    FloatVector y = x.mul(Gelu.gate(x)).mul(load(up.segment(), u + i));
                    store(y, out.segment(), o + i);
                }
                if (whole < gate.cols()) {
                    VectorMask<Float> tail = Vectors.tail(gate.cols());
                    FloatVector x = load(gate.segment(), g + whole, tail);
                    FloatVector y = x.mul(Gelu.gate(x)).mul(load(up.segment(), u + whole, tail));
                    store(y, out.segment(), o + whole, tail);
                }
            }
        });
    }

    /**
     * Overwrites gate and up with their gradients.
     *
     * @param dOut gradient of the output; overwritten with the output itself, which the next layer's weight gradient needs
     */
    public static void backward(Workers workers, Matrix gate, Matrix up, Matrix dOut) {
        RowBlocks.forEach(workers, gate.rows(), 2 * gate.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                long g = gate.rowIndex(row);
                long u = up.rowIndex(row);
                long o = dOut.rowIndex(row);
                int whole = Vectors.whole(gate.cols());
                for (int i = 0; i < whole; i += LANES) {
                    FloatVector x = load(gate.segment(), g + i);
                    FloatVector y = load(up.segment(), u + i);
                    FloatVector d = load(dOut.segment(), o + i);
                    FloatVector s = Gelu.gate(x);
                    FloatVector gelu = x.mul(s);
                    store(d.mul(y).mul(Gelu.slope(x, s)), gate.segment(), g + i);
                    store(d.mul(gelu), up.segment(), u + i);
                    store(gelu.mul(y), dOut.segment(), o + i);
                }
                if (whole < gate.cols()) {
                    VectorMask<Float> tail = Vectors.tail(gate.cols());
                    FloatVector x = load(gate.segment(), g + whole, tail);
                    FloatVector y = load(up.segment(), u + whole, tail);
                    FloatVector d = load(dOut.segment(), o + whole, tail);
                    FloatVector s = Gelu.gate(x);
                    FloatVector gelu = x.mul(s);
                    store(d.mul(y).mul(Gelu.slope(x, s)), gate.segment(), g + whole, tail);
                    store(d.mul(gelu), up.segment(), u + whole, tail);
                    store(gelu.mul(y), dOut.segment(), o + whole, tail);
                }
            }
        });
    }
}
