package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.WIDE;
import static io.github.ift4j.jlama.kernel.Vectors.WIDE_LANES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.loadWide;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Root-mean-square normalisation of rows: out = (offset + w) · x / sqrt(mean(x²) + eps), as HuggingFace's {@code LlamaRMSNorm}
 * (offset 0) and {@code GemmaRMSNorm} (offset 1).
 *
 * <p>Sums are in float64: they run over hundreds of elements or rows, and their rounding would reach every later layer.
 */
public final class RmsNorm {
    private RmsNorm() {}

    /**
     * @param x input, [rows, hidden]
     * @param weight [1, hidden]
     * @param offset added to each weight
     * @param epsilon added to the mean square
     * @param out [rows, hidden]
     * @param inverse receives 1 / sqrt(mean(x²) + eps) of each row, [rows, 1]
     */
    public static void forward(
            Workers workers, Matrix x, Matrix weight, float offset, float epsilon, Matrix out, Matrix inverse) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            double[] lanes = new double[WIDE_LANES];
            for (int row = from; row < to; row++) {
                float scale = (float) (1 / Math.sqrt(sumOfSquares(x, row, lanes) / x.cols() + epsilon));
                inverse.set(row, 0, scale);
                scaleRow(x, weight, offset, scale, out, row);
            }
        });
    }

    /**
     * @param x the input of the forward pass, [rows, hidden]
     * @param weight [1, hidden]
     * @param offset added to each weight
     * @param inverse from the forward pass, [rows, 1]
     * @param dOut gradient of the output, [rows, hidden]
     * @param dX grows by the gradient of the input, [rows, hidden]
     * @param dWeight grows by the gradient of the weight, [1, hidden]; null when the weight is frozen
     */
    public static void backward(
            Workers workers,
            Matrix x,
            Matrix weight,
            float offset,
            Matrix inverse,
            Matrix dOut,
            Matrix dX,
            Matrix dWeight) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            double[] lanes = new double[WIDE_LANES];
            for (int row = from; row < to; row++) {
                float scale = inverse.get(row, 0);
                float mean = (float) (dotWeighted(x, weight, offset, dOut, row, lanes) * scale / x.cols());
                backwardRow(x, weight, offset, dOut, dX, row, scale, mean);
            }
        });
        if (dWeight != null) {
            ColumnSums.addNormalised(workers, dOut, x, null, inverse, dWeight);
        }
    }

    private static double sumOfSquares(Matrix x, int row, double[] lanes) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        long at = x.rowIndex(row);
        int whole = Vectors.wholeWide(x.cols());
        DoubleVector sum = DoubleVector.zero(WIDE);
        for (int i = 0; i < whole; i += WIDE_LANES) {
            DoubleVector v = loadWide(xMemory, at + i);
            sum = v.fma(v, sum);
        }
        double total = Vectors.sum(sum, lanes);
        for (int i = whole; i < x.cols(); i++) {
            total += (double) x.get(row, i) * x.get(row, i);
        }
        return total;
    }

    private static void scaleRow(Matrix x, Matrix weight, float offset, float scale, Matrix out, int row) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        MemorySegment weightMemory = NativeMemory.check(weight.segment());
        MemorySegment outMemory = NativeMemory.check(out.segment());
        long from = x.rowIndex(row);
        long to = out.rowIndex(row);
        long w = weight.rowIndex(0);
        int whole = Vectors.whole(x.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector factor = load(weightMemory, w + i).add(offset);
            store(load(xMemory, from + i).mul(scale).mul(factor), outMemory, to + i);
        }
        if (whole < x.cols()) {
            VectorMask<Float> tail = Vectors.tail(x.cols());
            FloatVector factor = load(weightMemory, w + whole, tail).add(offset);
            store(load(xMemory, from + whole, tail).mul(scale).mul(factor), outMemory, to + whole, tail);
        }
    }

    /** Sum over the row of dOut · (offset + w) · x. */
    private static double dotWeighted(Matrix x, Matrix weight, float offset, Matrix dOut, int row, double[] lanes) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        MemorySegment weightMemory = NativeMemory.check(weight.segment());
        MemorySegment dOutMemory = NativeMemory.check(dOut.segment());
        long at = x.rowIndex(row);
        long d = dOut.rowIndex(row);
        long w = weight.rowIndex(0);
        int whole = Vectors.wholeWide(x.cols());
        DoubleVector sum = DoubleVector.zero(WIDE);
        for (int i = 0; i < whole; i += WIDE_LANES) {
            DoubleVector factor = loadWide(weightMemory, w + i).add(offset);
            DoubleVector g = loadWide(dOutMemory, d + i).mul(factor);
            sum = g.fma(loadWide(xMemory, at + i), sum);
        }
        double total = Vectors.sum(sum, lanes);
        for (int i = whole; i < x.cols(); i++) {
            total += dOut.get(row, i) * ((double) offset + weight.get(0, i)) * x.get(row, i);
        }
        return total;
    }

    /** dX += scale · (dOut · (offset + w) - x · scale · mean), where mean = mean(dOut · (offset + w) · x · scale). */
    private static void backwardRow(
            Matrix x, Matrix weight, float offset, Matrix dOut, Matrix dX, int row, float scale, float mean) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        MemorySegment weightMemory = NativeMemory.check(weight.segment());
        MemorySegment dOutMemory = NativeMemory.check(dOut.segment());
        MemorySegment dXMemory = NativeMemory.check(dX.segment());
        long at = x.rowIndex(row);
        long d = dOut.rowIndex(row);
        long to = dX.rowIndex(row);
        long w = weight.rowIndex(0);
        FloatVector pull = FloatVector.broadcast(SPECIES, -scale * mean);
        FloatVector factor = FloatVector.broadcast(SPECIES, scale);
        int whole = Vectors.whole(x.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector g =
                    load(dOutMemory, d + i).mul(load(weightMemory, w + i).add(offset));
            FloatVector centred = load(xMemory, at + i).fma(pull, g);
            store(centred.fma(factor, load(dXMemory, to + i)), dXMemory, to + i);
        }
        if (whole < x.cols()) {
            VectorMask<Float> tail = Vectors.tail(x.cols());
            FloatVector g = load(dOutMemory, d + whole, tail)
                    .mul(load(weightMemory, w + whole, tail).add(offset));
            FloatVector centred = load(xMemory, at + whole, tail).fma(pull, g);
            store(centred.fma(factor, load(dXMemory, to + whole, tail)), dXMemory, to + whole, tail);
        }
    }
}
