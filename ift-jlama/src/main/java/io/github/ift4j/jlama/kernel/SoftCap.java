package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Keeps numbers within a cap c: y = c · tanh(x / c), as Gemma 2 does with its logits and attention scores. */
public final class SoftCap {
    private SoftCap() {}

    /**
     * Caps all elements in place.
     *
     * @param x [rows, cols]
     * @param cap the cap, greater than 0
     */
    public static void forward(Workers workers, Matrix x, float cap) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                long at = x.rowIndex(row);
                int whole = Vectors.whole(x.cols());
                for (int i = 0; i < whole; i += LANES) {
                    store(value(load(x.segment(), at + i), cap), x.segment(), at + i);
                }
                if (whole < x.cols()) {
                    VectorMask<Float> tail = Vectors.tail(x.cols());
                    store(value(load(x.segment(), at + whole, tail), cap), x.segment(), at + whole, tail);
                }
            }
        });
    }

    static FloatVector value(FloatVector x, float cap) {
        return Vectors.tanh(x.div(cap)).mul(cap);
    }

    /** The derivative where the capped value is y: 1 - (y / c)². */
    static FloatVector slope(FloatVector y, float cap) {
        FloatVector t = y.div(cap);
        return t.neg().fma(t, FloatVector.broadcast(SPECIES, 1f));
    }
}
