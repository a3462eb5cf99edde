package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Root-mean-square normalisation of rows: out = w · x / sqrt(mean(x²) + eps), as HuggingFace's {@code LlamaRMSNorm}.
 */
public final class RmsNorm {
    private RmsNorm() {}

    /**
     * @param x input, [rows, hidden]
     * @param weight [1, hidden]
     * @param epsilon added to the mean square
     * @param out [rows, hidden]
     * @param inverse receives 1 / sqrt(mean(x²) + eps) of each row, [rows, 1]
     */
    public static void forward(Workers workers, Matrix x, Matrix weight, float epsilon, Matrix out, Matrix inverse) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            float[] lanes = new float[LANES];
            for (int row = from; row < to; row++) {
                float scale = (float) (1 / Math.sqrt(sumOfSquares(x, row, lanes) / x.cols() + epsilon));
                inverse.set(row, 0, scale);
                scaleRow(x, weight, scale, out, row);
            }
        });
    }

    /**
     * @param x the input of the forward pass, [rows, hidden]
     * @param inverse from the forward pass, [rows, 1]
     * @param dOut gradient of the output, [rows, hidden]
     * @param dX grows by the gradient of the input, [rows, hidden]
     * @param dWeight grows by the gradient of the weight, [1, hidden]; null when the weight is frozen
     */
    public static void backward(
            Workers workers, Matrix x, Matrix weight, Matrix inverse, Matrix dOut, Matrix dX, Matrix dWeight) {
        RowBlocks.forEach(workers, x.rows(), x.cols(), (from, to, worker) -> {
            float[] lanes = new float[LANES];
            for (int row = from; row < to; row++) {
                float scale = inverse.get(row, 0);
                float mean = (float) (dotWeighted(x, weight, dOut, row, lanes) * scale / x.cols());
                backwardRow(x, weight, dOut, dX, row, scale, mean);
            }
        });
        if (dWeight != null) {
            weightGradient(workers, x, inverse, dOut, dWeight);
        }
    }

    private static double sumOfSquares(Matrix x, int row, float[] lanes) {
        MemorySegment segment = x.segment();
        long at = x.rowIndex(row);
        int whole = Vectors.whole(x.cols());
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector v = load(segment, at + i);
            sum = v.fma(v, sum);
        }
        if (whole < x.cols()) {
            FloatVector v = load(segment, at + whole, Vectors.tail(x.cols()));
            sum = v.fma(v, sum);
        }
        return Vectors.sum(sum, lanes);
    }

    private static void scaleRow(Matrix x, Matrix weight, float scale, Matrix out, int row) {
        long from = x.rowIndex(row);
        long to = out.rowIndex(row);
        long w = weight.rowIndex(0);
        int whole = Vectors.whole(x.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector v = load(x.segment(), from + i).mul(scale).mul(load(weight.segment(), w + i));
            store(v, out.segment(), to + i);
        }
        if (whole < x.cols()) {
            VectorMask<Float> mask = Vectors.tail(x.cols());
            FloatVector v =
                    load(x.segment(), from + whole, mask).mul(scale).mul(load(weight.segment(), w + whole, mask));
            store(v, out.segment(), to + whole, mask);
        }
    }

    /** Sum over the row of dOut · w · x. */
    private static double dotWeighted(Matrix x, Matrix weight, Matrix dOut, int row, float[] lanes) {
        long at = x.rowIndex(row);
        long d = dOut.rowIndex(row);
        long w = weight.rowIndex(0);
        int whole = Vectors.whole(x.cols());
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int i = 0; i < whole; i += LANES) {
            FloatVector g = load(dOut.segment(), d + i).mul(load(weight.segment(), w + i));
            sum = g.fma(load(x.segment(), at + i), sum);
        }
        if (whole < x.cols()) {
            VectorMask<Float> mask = Vectors.tail(x.cols());
            FloatVector g = load(dOut.segment(), d + whole, mask).mul(load(weight.segment(), w + whole, mask));
            sum = g.fma(load(x.segment(), at + whole, mask), sum);
        }
        return Vectors.sum(sum, lanes);
    }

    /** dX += scale · (dOut · w - x · scale · mean), where mean = mean(dOut · w · x · scale). */
    private static void backwardRow(Matrix x, Matrix weight, Matrix dOut, Matrix dX, int row, float scale, float mean) {
        long at = x.rowIndex(row);
        long d = dOut.rowIndex(row);
        long to = dX.rowIndex(row);
        long w = weight.rowIndex(0);
        float pull = -scale * mean;
        int whole = Vectors.whole(x.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector g = load(dOut.segment(), d + i).mul(load(weight.segment(), w + i));
            FloatVector centred = load(x.segment(), at + i).mul(pull).add(g);
            store(load(dX.segment(), to + i).add(centred.mul(scale)), dX.segment(), to + i);
        }
        if (whole < x.cols()) {
            VectorMask<Float> mask = Vectors.tail(x.cols());
            FloatVector g = load(dOut.segment(), d + whole, mask).mul(load(weight.segment(), w + whole, mask));
            FloatVector centred = load(x.segment(), at + whole, mask).mul(pull).add(g);
            store(load(dX.segment(), to + whole, mask).add(centred.mul(scale)), dX.segment(), to + whole, mask);
        }
    }

    /** dWeight[i] += sum over rows, first to last, of dOut · x · scale. */
    private static void weightGradient(Workers workers, Matrix x, Matrix inverse, Matrix dOut, Matrix dWeight) {
        workers.forEach((x.cols() + LANES - 1) / LANES, (block, worker) -> {
            int col = block * LANES;
            VectorMask<Float> mask = SPECIES.indexInRange(col, x.cols());
            FloatVector sum = load(dWeight.segment(), dWeight.rowIndex(0) + col, mask);
            for (int row = 0; row < x.rows(); row++) {
                FloatVector normalised =
                        load(x.segment(), x.rowIndex(row) + col, mask).mul(inverse.get(row, 0));
                sum = load(dOut.segment(), dOut.rowIndex(row) + col, mask).fma(normalised, sum);
            }
            store(sum, dWeight.segment(), dWeight.rowIndex(0) + col, mask);
        });
    }
}
