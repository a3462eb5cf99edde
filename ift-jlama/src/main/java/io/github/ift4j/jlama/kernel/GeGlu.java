package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
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
                backwardRow(gate, up, dOut, row);
                if (Vectors.whole(gate.cols()) < gate.cols()) {
                    backwardTail(gate, up, dOut, row);
                }
            }
        });
    }

    private static void backwardRow(Matrix gate, Matrix up, Matrix dOut, int row) {
        MemorySegment gateMemory = NativeMemory.check(gate.segment());
        MemorySegment upMemory = NativeMemory.check(up.segment());
        MemorySegment dOutMemory = NativeMemory.check(dOut.segment());
        long g = gate.rowIndex(row);
        long u = up.rowIndex(row);
        long o = dOut.rowIndex(row);
        int whole = Vectors.whole(gate.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector x = load(gateMemory, g + i);
            FloatVector y = load(upMemory, u + i);
            FloatVector d = load(dOutMemory, o + i);
            FloatVector s = Gelu.gate(x);
            FloatVector gelu = x.mul(s);
            store(d.mul(y).mul(Gelu.slope(x, s)), gateMemory, g + i);
            store(d.mul(gelu), upMemory, u + i);
            store(gelu.mul(y), dOutMemory, o + i);
        }
    }

    private static void backwardTail(Matrix gate, Matrix up, Matrix dOut, int row) {
        VectorMask<Float> tail = Vectors.tail(gate.cols());
        int whole = Vectors.whole(gate.cols());
        long g = gate.rowIndex(row) + whole;
        long u = up.rowIndex(row) + whole;
        long o = dOut.rowIndex(row) + whole;
        FloatVector x = load(gate.segment(), g, tail);
        FloatVector y = load(up.segment(), u, tail);
        FloatVector d = load(dOut.segment(), o, tail);
        FloatVector s = Gelu.gate(x);
        FloatVector gelu = x.mul(s);
        store(d.mul(y).mul(Gelu.slope(x, s)), gate.segment(), g, tail);
        store(d.mul(gelu), up.segment(), u, tail);
        store(gelu.mul(y), dOut.segment(), o, tail);
    }
}
