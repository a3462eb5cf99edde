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
 * Normalisation of rows to mean 0 and variance 1, scaled and shifted: out = w · (x - mean(x)) / sqrt(var(x) + eps) + b with the
 * biased variance, as {@code torch.nn.LayerNorm}.
 *
 * <p>The variance is taken about the mean in a second pass, and sums are in float64, so that a large mean costs no digits.
 */
public final class LayerNorm {
    private LayerNorm() {}

    /**
     * @param x input, [rows, hidden]
     * @param weight [1, hidden]
     * @param bias [1, hidden]
     * @param epsilon added to the variance
     * @param out [rows, hidden]
     * @param stats receives mean(x) and 1 / sqrt(var(x) + eps) of each row, [rows, 2]
     */
    public static void forward(
            Workers workers, Matrix x, Matrix weight, Matrix bias, float epsilon, Matrix out, Matrix stats) {
        RowBlocks.forEach(workers, x.rows(), 2 * x.cols(), (from, to, worker) -> {
            double[] lanes = new double[WIDE_LANES];
            for (int row = from; row < to; row++) {
                double mean = sum(x, row, lanes) / x.cols();
                double variance = sumOfSquares(x, row, mean, lanes) / x.cols();
                stats.set(row, 0, (float) mean);
                stats.set(row, 1, (float) (1 / Math.sqrt(variance + epsilon)));
                forwardRow(x, weight, bias, stats, out, row);
            }
        });
    }

    /**
     * @param x the input of the forward pass, [rows, hidden]
     * @param weight [1, hidden]
     * @param stats from the forward pass, [rows, 2]
     * @param dOut gradient of the output, [rows, hidden]
     * @param dX grows by the gradient of the input, [rows, hidden]
     * @param dWeight grows by the gradient of the weight, [1, hidden]; null when the weight is frozen
     * @param dBias grows by the gradient of the bias, [1, hidden]; null when the bias is frozen
     */
    public static void backward(
            Workers workers,
            Matrix x,
            Matrix weight,
            Matrix stats,
            Matrix dOut,
            Matrix dX,
            Matrix dWeight,
            Matrix dBias) {
        RowBlocks.forEach(workers, x.rows(), 2 * x.cols(), (from, to, worker) -> {
            double[] lanes = new double[WIDE_LANES];
            for (int row = from; row < to; row++) {
                backwardRow(x, weight, stats, dOut, dX, row, lanes);
            }
        });
        if (dWeight != null) {
            ColumnSums.addNormalised(workers, dOut, x, stats.columnRange(0, 1), stats.columnRange(1, 2), dWeight);
        }
        if (dBias != null) {
            ColumnSums.add(workers, dOut, dBias);
        }
    }

    private static double sum(Matrix x, int row, double[] lanes) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        long at = x.rowIndex(row);
        int whole = Vectors.wholeWide(x.cols());
        DoubleVector sum = DoubleVector.zero(WIDE);
        for (int i = 0; i < whole; i += WIDE_LANES) {
            sum = sum.add(loadWide(xMemory, at + i));
        }
        double total = Vectors.sum(sum, lanes);
        for (int i = whole; i < x.cols(); i++) {
            total += x.get(row, i);
        }
        return total;
    }

    private static double sumOfSquares(Matrix x, int row, double mean, double[] lanes) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        long at = x.rowIndex(row);
        int whole = Vectors.wholeWide(x.cols());
        DoubleVector sum = DoubleVector.zero(WIDE);
        for (int i = 0; i < whole; i += WIDE_LANES) {
            DoubleVector v = loadWide(xMemory, at + i).sub(mean);
            sum = v.fma(v, sum);
        }
        double total = Vectors.sum(sum, lanes);
        for (int i = whole; i < x.cols(); i++) {
            double v = x.get(row, i) - mean;
            total += v * v;
        }
        return total;
    }

    private static void forwardRow(Matrix x, Matrix weight, Matrix bias, Matrix stats, Matrix out, int row) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        MemorySegment weightMemory = NativeMemory.check(weight.segment());
        MemorySegment biasMemory = NativeMemory.check(bias.segment());
        MemorySegment outMemory = NativeMemory.check(out.segment());
        long from = x.rowIndex(row);
        long to = out.rowIndex(row);
        long w = weight.rowIndex(0);
        long b = bias.rowIndex(0);
        float mean = stats.get(row, 0);
        float inverse = stats.get(row, 1);
        int whole = Vectors.whole(x.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector normalised = load(xMemory, from + i).sub(mean).mul(inverse);
            FloatVector y = normalised.fma(load(weightMemory, w + i), load(biasMemory, b + i));
            store(y, outMemory, to + i);
        }
        if (whole < x.cols()) {
            VectorMask<Float> tail = Vectors.tail(x.cols());
            FloatVector normalised = load(xMemory, from + whole, tail).sub(mean).mul(inverse);
            FloatVector y = normalised.fma(load(weightMemory, w + whole, tail), load(biasMemory, b + whole, tail));
            store(y, outMemory, to + whole, tail);
        }
    }

    /** dX += inverse · (g - mean(g) - n · mean(g · n)), where g = dOut · w and n = (x - mean) · inverse. */
    private static void backwardRow(
            Matrix x, Matrix weight, Matrix stats, Matrix dOut, Matrix dX, int row, double[] lanes) {
        MemorySegment xMemory = NativeMemory.check(x.segment());
        MemorySegment weightMemory = NativeMemory.check(weight.segment());
        MemorySegment dOutMemory = NativeMemory.check(dOut.segment());
        MemorySegment dXMemory = NativeMemory.check(dX.segment());
        long at = x.rowIndex(row);
        long d = dOut.rowIndex(row);
        long w = weight.rowIndex(0);
        long to = dX.rowIndex(row);
        float mean = stats.get(row, 0);
        float inverse = stats.get(row, 1);
        int wide = Vectors.wholeWide(x.cols());
        DoubleVector sum = DoubleVector.zero(WIDE);
        DoubleVector dot = DoubleVector.zero(WIDE);
        for (int i = 0; i < wide; i += WIDE_LANES) {
            DoubleVector g = loadWide(dOutMemory, d + i).mul(loadWide(weightMemory, w + i));
            sum = sum.add(g);
            dot = g.fma(loadWide(xMemory, at + i).sub(mean), dot);
        }
        double totalSum = Vectors.sum(sum, lanes);
        double totalDot = Vectors.sum(dot, lanes);
        for (int i = wide; i < x.cols(); i++) {
            double g = (double) dOut.get(row, i) * weight.get(0, i);
            totalSum += g;
            totalDot += g * ((double) x.get(row, i) - mean);
        }
        FloatVector shift = FloatVector.broadcast(SPECIES, (float) (-totalSum / x.cols()));
        FloatVector pull = FloatVector.broadcast(SPECIES, (float) (-totalDot * inverse * inverse / x.cols()));
        FloatVector factor = FloatVector.broadcast(SPECIES, inverse);
        int whole = Vectors.whole(x.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector g =
                    load(dOutMemory, d + i).mul(load(weightMemory, w + i)).add(shift);
            FloatVector centred = load(xMemory, at + i).sub(mean).fma(pull, g);
            store(centred.fma(factor, load(dXMemory, to + i)), dXMemory, to + i);
        }
        if (whole < x.cols()) {
            VectorMask<Float> tail = Vectors.tail(x.cols());
            FloatVector g = load(dOutMemory, d + whole, tail)
                    .mul(load(weightMemory, w + whole, tail))
                    .add(shift);
            FloatVector centred = load(xMemory, at + whole, tail).sub(mean).fma(pull, g);
            store(centred.fma(factor, load(dXMemory, to + whole, tail)), dXMemory, to + whole, tail);
        }
    }
}
