package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** A factor for each column: the gain of a weight-decomposed adapter. */
public final class ColumnGain {
    private ColumnGain() {}

    /**
     * out += (gain + offset) · x, column by column.
     *
     * @param x [rows, cols]
     * @param gain [1, cols]
     * @param out [rows, cols]
     */
    public static void forward(Workers workers, Matrix x, Matrix gain, float offset, Matrix out) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                int whole = Vectors.whole(x.cols());
                for (int col = 0; col < whole; col += LANES) {
                    long target = out.rowIndex(row) + col;
                    FloatVector factor =
                            load(gain.segment(), gain.rowIndex(0) + col).add(offset);
                    FloatVector sum = load(x.segment(), x.rowIndex(row) + col).fma(factor, load(out.segment(), target));
                    store(sum, out.segment(), target);
                }
                if (whole < x.cols()) {
                    VectorMask<Float> tail = Vectors.tail(x.cols());
                    long target = out.rowIndex(row) + whole;
                    FloatVector factor =
                            load(gain.segment(), gain.rowIndex(0) + whole, tail).add(offset);
                    FloatVector sum = load(x.segment(), x.rowIndex(row) + whole, tail)
                            .fma(factor, load(out.segment(), target, tail));
                    store(sum, out.segment(), target, tail);
                }
            }
        });
    }

    /**
     * The gradient of the gain times a factor: dGain += factor · sum over rows, first to last, of x · dOut.
     *
     * @param x [rows, cols]
     * @param dOut [rows, cols]
     * @param factor [1, cols]
     * @param dGain [1, cols]
     */
    public static void backward(Workers workers, Matrix x, Matrix dOut, Matrix factor, Matrix dGain) {
        workers.forEach((x.cols() + LANES - 1) / LANES, (block, worker) -> {
            int col = block * LANES;
            if (col + LANES <= x.cols()) {
                backward(x, dOut, factor, dGain, col);
            } else {
                backwardTail(x, dOut, factor, dGain, col, Vectors.tail(x.cols()));
            }
        });
    }

    private static void backward(Matrix x, Matrix dOut, Matrix factor, Matrix dGain, int col) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        MemorySegment dOutMemory = NativeMemory.check(dOut.segment());
        MemorySegment factorMemory = NativeMemory.check(factor.segment());
        MemorySegment dGainMemory = NativeMemory.check(dGain.segment());
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int row = 0; row < x.rows(); row++) {
            sum = load(xMemory, x.rowIndex(row) + col).fma(load(dOutMemory, dOut.rowIndex(row) + col), sum);
        }
        long target = dGain.rowIndex(0) + col;
        FloatVector scaled = sum.fma(load(factorMemory, factor.rowIndex(0) + col), load(dGainMemory, target));
        store(scaled, dGainMemory, target);
    }

    private static void backwardTail(
            Matrix x, Matrix dOut, Matrix factor, Matrix dGain, int col, VectorMask<Float> tail) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        MemorySegment dOutMemory = NativeMemory.check(dOut.segment());
        MemorySegment factorMemory = NativeMemory.check(factor.segment());
        MemorySegment dGainMemory = NativeMemory.check(dGain.segment());
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int row = 0; row < x.rows(); row++) {
            sum = load(xMemory, x.rowIndex(row) + col, tail).fma(load(dOutMemory, dOut.rowIndex(row) + col, tail), sum);
        }
        long target = dGain.rowIndex(0) + col;
        FloatVector scaled =
                sum.fma(load(factorMemory, factor.rowIndex(0) + col, tail), load(dGainMemory, target, tail));
        store(scaled, dGainMemory, target, tail);
    }
}
