package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The gate of a Llama MLP: out = silu(gate) · up with silu(x) = x / (1 + e^-x). */
public final class SwiGlu {
    private SwiGlu() {}

    /** All matrices are [rows, intermediate]. */
    public static void forward(Workers workers, Matrix gate, Matrix up, Matrix out) {
        VectorMask<Float> tail = Vectors.tail(gate.cols());
        RowBlocks.forEach(workers, gate.rows(), gate.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                forwardRow(gate, up, out, row, tail);
            }
        });
    }

    private static void forwardRow(Matrix gate, Matrix up, Matrix out, int row, VectorMask<Float> tail) {
        MemorySegment gateMemory = NativeMemory.check(gate.segment());
        MemorySegment upMemory = NativeMemory.check(up.segment());
        MemorySegment outMemory = NativeMemory.check(out.segment());
        long g = gate.rowIndex(row);
        long u = up.rowIndex(row);
        long o = out.rowIndex(row);
        int whole = Vectors.whole(gate.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector x = load(gateMemory, g + i);
            store(x.mul(Vectors.sigmoid(x)).mul(load(upMemory, u + i)), outMemory, o + i);
        }
        if (whole < gate.cols()) {
            FloatVector x = load(gateMemory, g + whole, tail);
            FloatVector y = x.mul(Vectors.sigmoid(x)).mul(load(upMemory, u + whole, tail));
            store(y, outMemory, o + whole, tail);
        }
    }

    /**
     * Overwrites gate and up with their gradients.
     *
     * @param dOut gradient of the output; overwritten with the output itself, which the next layer's weight gradient needs
     */
    public static void backward(Workers workers, Matrix gate, Matrix up, Matrix dOut) {
        VectorMask<Float> tail = Vectors.tail(gate.cols());
        RowBlocks.forEach(workers, gate.rows(), 2 * gate.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                backwardRow(gate, up, dOut, row);
                if (Vectors.whole(gate.cols()) < gate.cols()) {
                    backwardTail(gate, up, dOut, row, tail);
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
            FloatVector s = Vectors.sigmoid(x);
            FloatVector silu = x.mul(s);
            store(d.mul(y).mul(slope(x, s, silu)), gateMemory, g + i);
            store(d.mul(silu), upMemory, u + i);
            store(silu.mul(y), dOutMemory, o + i);
        }
    }

    private static void backwardTail(Matrix gate, Matrix up, Matrix dOut, int row, VectorMask<Float> tail) {
        int at = Vectors.whole(gate.cols());
        FloatVector x = load(gate.segment(), gate.rowIndex(row) + at, tail);
        FloatVector y = load(up.segment(), up.rowIndex(row) + at, tail);
        FloatVector d = load(dOut.segment(), dOut.rowIndex(row) + at, tail);
        FloatVector s = Vectors.sigmoid(x);
        FloatVector silu = x.mul(s);
        store(d.mul(y).mul(slope(x, s, silu)), gate.segment(), gate.rowIndex(row) + at, tail);
        store(d.mul(silu), up.segment(), up.rowIndex(row) + at, tail);
        store(silu.mul(y), dOut.segment(), dOut.rowIndex(row) + at, tail);
    }

    /** The derivative of silu(x) = x · s with s = sigmoid(x). */
    private static FloatVector slope(FloatVector x, FloatVector s, FloatVector silu) {
        return s.mul(x.sub(silu).add(1f));
    }
}
