package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Log-probabilities of labels and greedy predictions from logits that come in one or several chunks of the vocabulary, and the
 * gradient of the logits.
 *
 * <p>A row's normaliser is kept as its largest logit and the sum of e^(logit - largest), rescaled when a later chunk holds a larger
 * one.
 */
public final class LogSoftmax {
    /** Columns summed in float32 before they are added to the sum in float64. */
    private static final int SUM_BLOCK = 1024;

    private final int[] labels;
    private final float[] max;
    private final double[] sum;
    private final float[] labelLogit;
    private final int[] greedy;

    /** @param labels label of each row, [rows] */
    public LogSoftmax(int[] labels) {
        this.labels = labels;
        max = new float[labels.length];
        sum = new double[labels.length];
        labelLogit = new float[labels.length];
        greedy = new int[labels.length];
        Arrays.fill(max, Float.NEGATIVE_INFINITY);
    }

    /**
     * Takes in a chunk; chunks come in the order of the vocabulary.
     *
     * @param logits [rows, size of the chunk]
     * @param first vocabulary id of the chunk's first column
     */
    public void add(Workers workers, Matrix logits, int first) {
        RowBlocks.forEach(workers, logits.rows(), logits.cols(), (from, to, worker) -> {
            float[] lanes = new float[LANES];
            for (int row = from; row < to; row++) {
                addRow(logits, first, row, lanes);
            }
        });
    }

    private void addRow(Matrix logits, int first, int row, float[] lanes) {
        float chunkMax = max(logits, row, lanes);
        if (chunkMax > max[row] || first == 0) {
            sum[row] *= StrictMath.exp((double) max[row] - chunkMax);
            if (first == 0) {
                sum[row] = 0;
            }
            max[row] = chunkMax;
            greedy[row] = first + firstEqual(logits, row, chunkMax);
        }
        sum[row] += sumOfExponentials(logits, row, max[row], lanes);
        int label = labels[row] - first;
        if (label >= 0 && label < logits.cols()) {
            labelLogit[row] = logits.get(row, label);
        }
    }

    /**
     * The most probable id of each row, the lowest among equals, where nothing else is wanted.
     *
     * @param logits [rows, vocabulary]
     * @param greedy receives the ids from index {@code at} on
     */
    public static void greedy(Workers workers, Matrix logits, int[] greedy, int at) {
        RowBlocks.forEach(workers, logits.rows(), logits.cols(), (from, to, worker) -> {
            float[] lanes = new float[LANES];
            for (int row = from; row < to; row++) {
                greedy[at + row] = firstEqual(logits, row, max(logits, row, lanes));
            }
        });
    }

    /** Log-probability of a row's label. */
    public double logp(int row) {
        return labelLogit[row] - normaliser(row);
    }

    /** Logarithm of the sum of the exponentials of a row's logits. */
    double normaliser(int row) {
        return max[row] + StrictMath.log(sum[row]);
    }

    /** The largest logit of a row so far. */
    float max(int row) {
        return max[row];
    }

    /** Sum of e^(logit - largest) of a row so far. */
    double sum(int row) {
        return sum[row];
    }

    /** The most probable id of a row, the lowest among equals. */
    public int greedy(int row) {
        return greedy[row];
    }

    /**
     * Overwrites a chunk of logits with their gradient: scale · (onehot - p), times the slope of the soft cap where there is one.
     *
     * @param logits the logits that were taken in, after the cap, [rows, size of the chunk]
     * @param scale d loss / d logp of each row, [rows]
     * @param softCap cap c of the logits, y = c · tanh(x / c), whose gradient before the cap is wanted; 0 for none
     */
    public void backward(Workers workers, Matrix logits, int first, double[] scale, float softCap) {
        backward(workers, logits, first, scale, scale, softCap);
    }

    /**
     * Overwrites a chunk of logits with the gradient of a function of the labels' logits and of the normalisers: ofLabel · onehot -
     * ofAll · p, times the slope of the soft cap where there is one.
     *
     * @param logits the logits that were taken in, after the cap, [rows, size of the chunk]
     * @param ofLabel d loss / d label logit of each row, [rows]
     * @param ofAll -d loss / d log-sum-exp of each row, [rows]
     * @param softCap as for {@link #backward(Workers, Matrix, int, double[], float)}
     */
    void backward(Workers workers, Matrix logits, int first, double[] ofLabel, double[] ofAll, float softCap) {
        RowBlocks.forEach(workers, logits.rows(), logits.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                int label = labels[row] - first;
                boolean here = label >= 0 && label < logits.cols();
                double ofThis = here ? ofLabel[row] * slope(logits.get(row, label), softCap) : 0;
                if (softCap == 0) {
                    backwardRow(logits, row, (float) (-ofAll[row] / sum[row]));
                } else {
                    backwardCappedRow(logits, row, (float) (-ofAll[row] / sum[row]), softCap);
                }
                if (here) {
                    logits.set(row, label, (float) (logits.get(row, label) + ofThis));
                }
            }
        });
    }

    private void backwardRow(Matrix logits, int row, float share) {
        MemorySegment logitsMemory = NativeMemory.check(logits.segment());
        long at = logits.rowIndex(row);
        int whole = Vectors.whole(logits.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector p = Vectors.exp(load(logitsMemory, at + i).sub(max[row]));
            store(p.mul(share), logitsMemory, at + i);
        }
        if (whole < logits.cols()) {
            VectorMask<Float> tail = Vectors.tail(logits.cols());
            FloatVector p = Vectors.exp(load(logitsMemory, at + whole, tail).sub(max[row]));
            store(p.mul(share), logitsMemory, at + whole, tail);
        }
    }

    private void backwardCappedRow(Matrix logits, int row, float share, float softCap) {
        MemorySegment logitsMemory = NativeMemory.check(logits.segment());
        long at = logits.rowIndex(row);
        int whole = Vectors.whole(logits.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector y = load(logitsMemory, at + i);
            FloatVector p = Vectors.exp(y.sub(max[row]));
            store(p.mul(share).mul(SoftCap.slope(y, softCap)), logitsMemory, at + i);
        }
        if (whole < logits.cols()) {
            VectorMask<Float> tail = Vectors.tail(logits.cols());
            FloatVector y = load(logitsMemory, at + whole, tail);
            FloatVector p = Vectors.exp(y.sub(max[row]));
            store(p.mul(share).mul(SoftCap.slope(y, softCap)), logitsMemory, at + whole, tail);
        }
    }

    private static double slope(double y, double softCap) {
        return softCap == 0 ? 1 : 1 - y / softCap * (y / softCap);
    }

    private static float max(Matrix logits, int row, float[] lanes) {
        MemorySegment logitsMemory = NativeMemory.check(logits.segment());
        long at = logits.rowIndex(row);
        int whole = Vectors.whole(logits.cols());
        FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < whole; i += LANES) {
            max = max.max(load(logitsMemory, at + i));
        }
        float result = Vectors.max(max, lanes);
        for (int i = whole; i < logits.cols(); i++) {
            result = Math.max(result, logits.get(row, i));
        }
        return result;
    }

    private static int firstEqual(Matrix logits, int row, float value) {
        for (int i = 0; i < logits.cols(); i++) {
            if (logits.get(row, i) == value) {
                return i;
            }
        }
        return 0;
    }

    private static double sumOfExponentials(Matrix logits, int row, float top, float[] lanes) {
        MemorySegment logitsMemory = NativeMemory.check(logits.segment());
        long at = logits.rowIndex(row);
        int cols = logits.cols();
        double total = 0;
        for (int block = 0; block < cols; block += SUM_BLOCK) {
            int end = Math.min(cols, block + SUM_BLOCK);
            int whole = block + Vectors.whole(end - block);
            FloatVector part = FloatVector.zero(SPECIES);
            for (int i = block; i < whole; i += LANES) {
                part = part.add(Vectors.exp(load(logitsMemory, at + i).sub(top)));
            }
            if (whole < end) {
                VectorMask<Float> mask = SPECIES.indexInRange(whole, end);
                FloatVector rest =
                        Vectors.exp(load(logitsMemory, at + whole, mask).sub(top));
                part = part.add(rest.blend(0f, mask.not()));
            }
            total += Vectors.sum(part, lanes);
        }
        return total;
    }
}
