package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The gate of a Llama MLP: out = silu(gate) · up with silu(x) = x / (1 + e^-x). */
public final class SwiGlu {
    private SwiGlu() {}

    /** All matrices are [rows, intermediate]. */
    public static void forward(Workers workers, Matrix gate, Matrix up, Matrix out) {
        RowBlocks.forEach(workers, gate.rows(), gate.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                long g = gate.rowIndex(row);
                long u = up.rowIndex(row);
                long o = out.rowIndex(row);
                for (int i = 0; i < gate.cols(); i += LANES) {
                    VectorMask<Float> mask = SPECIES.indexInRange(i, gate.cols());
                    FloatVector x = load(gate.segment(), g + i, mask);
                    FloatVector y = x.mul(Vectors.sigmoid(x)).mul(load(up.segment(), u + i, mask));
                    store(y, out.segment(), o + i, mask);
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
                for (int i = 0; i < gate.cols(); i += LANES) {
                    VectorMask<Float> mask = SPECIES.indexInRange(i, gate.cols());
                    FloatVector x = load(gate.segment(), g + i, mask);
                    FloatVector y = load(up.segment(), u + i, mask);
                    FloatVector d = load(dOut.segment(), o + i, mask);
                    FloatVector s = Vectors.sigmoid(x);
                    FloatVector silu = x.mul(s);
                    FloatVector slope = s.mul(x.sub(silu).add(1f));
                    store(d.mul(y).mul(slope), gate.segment(), g + i, mask);
                    store(d.mul(silu), up.segment(), u + i, mask);
                    store(silu.mul(y), dOut.segment(), o + i, mask);
                }
            }
        });
    }
}
