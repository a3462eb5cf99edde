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

/**
 * {@code KL(reference || policy)} of each row of logits, which come in one or several chunks of the vocabulary, and the gradient
 * of the policy's logits.
 *
 * <p>With r and z the logits of reference and policy, R and Z their log-sum-exps, and q and p their distributions,
 *
 * <pre>{@code
 * KL = sum_v q_v (log q_v - log p_v) = sum_v q_v (r_v - z_v) - R + Z,   dKL/dz_v = p_v - q_v
 * }</pre>
 *
 * The sum is kept with the same scale as the reference's sum of exponentials. Where both models are the same it is exactly zero.
 */
public final class KlDivergence {
    /** Columns summed in float32 before they are added to the sum in float64. */
    private static final int SUM_BLOCK = 1024;

    private final LogSoftmax policy;
    private final LogSoftmax reference;
    /** Sum of e^(r - largest r) (r - z), [rows]. */
    private final double[] weighted;

    private final float[] scale;

    /** @param labels label of each row, [rows] */
    public KlDivergence(int[] labels) {
        policy = new LogSoftmax(labels);
        reference = new LogSoftmax(labels);
        weighted = new double[labels.length];
        scale = new float[labels.length];
    }

    /** Log-probabilities of the policy. */
    public LogSoftmax policy() {
        return policy;
    }

    /** Log-probabilities of the reference. */
    public LogSoftmax reference() {
        return reference;
    }

    /**
     * Takes in a chunk of both; chunks come in the order of the vocabulary.
     *
     * @param logits of the policy, [rows, size of the chunk]
     * @param referenceLogits of the reference, [rows, size of the chunk]
     * @param first vocabulary id of the chunk's first column
     */
    public void add(Workers workers, Matrix logits, Matrix referenceLogits, int first) {
        policy.add(workers, logits, first);
        reference.add(workers, referenceLogits, first);
        RowBlocks.forEach(workers, logits.rows(), logits.cols(), (from, to, worker) -> {
            float[] lanes = new float[LANES];
            for (int row = from; row < to; row++) {
                float max = reference.max(row);
                double before = first == 0 ? 0 : weighted[row] * StrictMath.exp((double) scale[row] - max);
                weighted[row] = before + weightedSum(logits, referenceLogits, row, max, lanes);
                scale[row] = max;
            }
        });
    }

    /** The divergence of a row, in nats; at least 0. */
    public double divergence(int row) {
        double mean = weighted[row] / reference.sum(row);
        return Math.max(0, mean - reference.normaliser(row) + policy.normaliser(row));
    }

    /**
     * Overwrites a chunk of the policy's logits with the gradient of a function of its log-probabilities and divergences:
     * dLogp · (onehot - p) + dKl · (p - q), times the slope of the soft cap where there is one.
     *
     * @param logits the policy's logits that were taken in, after the cap, [rows, size of the chunk]
     * @param referenceLogits those of the reference; overwritten
     * @param dLogps d loss / d logp of each row, [rows]
     * @param dKls d loss / d divergence of each row, [rows]
     * @param softCap cap of the policy's logits, see {@link LogSoftmax#backward(Workers, Matrix, int, double[], float)}
     */
    public void backward(
            Workers workers,
            Matrix logits,
            Matrix referenceLogits,
            int first,
            double[] dLogps,
            double[] dKls,
            float softCap) {
        RowBlocks.forEach(workers, logits.rows(), logits.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                referenceRow(logits, referenceLogits, row, (float) (-dKls[row] / reference.sum(row)), softCap);
            }
        });
        double[] ofAll = new double[dLogps.length];
        for (int row = 0; row < ofAll.length; row++) {
            ofAll[row] = dLogps[row] - dKls[row];
        }
        policy.backward(workers, logits, first, dLogps, ofAll, softCap);
        Rows.addScaled(workers, referenceLogits, 1, logits);
    }

    /** Overwrites a row of the reference's logits with share · e^(r - largest r), times the slope of the policy's cap. */
    private void referenceRow(Matrix logits, Matrix referenceLogits, int row, float share, float softCap) {
        MemorySegment logitsMemory = NativeMemory.check(logits.segment());
        MemorySegment referenceLogitsMemory = NativeMemory.check(referenceLogits.segment());
        long at = logits.rowIndex(row);
        long atReference = referenceLogits.rowIndex(row);
        int whole = Vectors.whole(logits.cols());
        for (int i = 0; i < whole; i += LANES) {
            FloatVector r = load(referenceLogitsMemory, atReference + i);
            FloatVector gradient = Vectors.exp(r.sub(reference.max(row))).mul(share);
            if (softCap != 0) {
                gradient = gradient.mul(SoftCap.slope(load(logitsMemory, at + i), softCap));
            }
            store(gradient, referenceLogitsMemory, atReference + i);
        }
        if (whole < logits.cols()) {
            VectorMask<Float> tail = Vectors.tail(logits.cols());
            FloatVector r = load(referenceLogitsMemory, atReference + whole, tail);
            FloatVector gradient = Vectors.exp(r.sub(reference.max(row))).mul(share);
            if (softCap != 0) {
                gradient = gradient.mul(SoftCap.slope(load(logitsMemory, at + whole, tail), softCap));
            }
            store(gradient, referenceLogitsMemory, atReference + whole, tail);
        }
    }

    private static double weightedSum(Matrix logits, Matrix referenceLogits, int row, float top, float[] lanes) {
        MemorySegment logitsMemory = NativeMemory.check(logits.segment());
        MemorySegment referenceLogitsMemory = NativeMemory.check(referenceLogits.segment());
        long at = logits.rowIndex(row);
        long atReference = referenceLogits.rowIndex(row);
        int cols = logits.cols();
        double total = 0;
        for (int block = 0; block < cols; block += SUM_BLOCK) {
            int end = Math.min(cols, block + SUM_BLOCK);
            int whole = block + Vectors.whole(end - block);
            FloatVector part = FloatVector.zero(SPECIES);
            for (int i = block; i < whole; i += LANES) {
                FloatVector r = load(referenceLogitsMemory, atReference + i);
                FloatVector z = load(logitsMemory, at + i);
                part = part.add(Vectors.exp(r.sub(top)).mul(r.sub(z)));
            }
            if (whole < end) {
                VectorMask<Float> tail = SPECIES.indexInRange(whole, end);
                FloatVector r = load(referenceLogitsMemory, atReference + whole, tail);
                FloatVector z = load(logitsMemory, at + whole, tail);
                part = part.add(Vectors.exp(r.sub(top)).mul(r.sub(z)).blend(0f, tail.not()));
            }
            total += Vectors.sum(part, lanes);
        }
        return total;
    }
}
