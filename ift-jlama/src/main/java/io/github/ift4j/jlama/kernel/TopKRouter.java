package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;

/**
 * Chooses the experts of each row in a mixture of experts, as HuggingFace's {@code MixtralSparseMoeBlock}: softmax over all
 * experts, of which the k most probable share the row in proportion to their probabilities.
 *
 * <p>The softmax's denominator cancels in the shares, so they are the softmax over the chosen logits alone, and the logits of
 * experts that were not chosen have no gradient. Experts are few: this is scalar code in float64.
 */
public final class TopKRouter {
    private TopKRouter() {}

    /**
     * @param logits [rows, experts]
     * @param k number of experts a row
     * @param chosen receives the experts' ids as numbers, most probable first, the lowest id first among equals, [rows, k]
     * @param share receives the experts' shares, which sum to 1, [rows, k]
     * @throws IllegalArgumentException when there are fewer than k experts, or k is not positive
     */
    public static void forward(Workers workers, Matrix logits, int k, Matrix chosen, Matrix share) {
        Preconditions.checkArgument(k >= 1 && k <= logits.cols(), "cannot choose %s of %s experts", k, logits.cols());
        RowBlocks.forEach(workers, logits.rows(), k * logits.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                for (int slot = 0; slot < k; slot++) {
                    chosen.set(row, slot, best(logits, chosen, row, slot));
                }
                shares(logits, k, chosen, share, row);
            }
        });
    }

    /**
     * @param chosen from the forward pass, [rows, k]
     * @param share from the forward pass, [rows, k]
     * @param dShare gradient of the shares, [rows, k]
     * @param dLogits overwritten with the gradient of the logits, [rows, experts]
     */
    public static void backward(Workers workers, Matrix chosen, Matrix share, Matrix dShare, Matrix dLogits) {
        dLogits.clear();
        RowBlocks.forEach(workers, chosen.rows(), chosen.cols(), (from, to, worker) -> {
            for (int row = from; row < to; row++) {
                double mean = 0;
                for (int slot = 0; slot < chosen.cols(); slot++) {
                    mean += (double) share.get(row, slot) * dShare.get(row, slot);
                }
                for (int slot = 0; slot < chosen.cols(); slot++) {
                    double gradient = share.get(row, slot) * (dShare.get(row, slot) - mean);
                    dLogits.set(row, (int) chosen.get(row, slot), (float) gradient);
                }
            }
        });
    }

    /** The expert with the largest logit that none of the slots before holds. */
    private static int best(Matrix logits, Matrix chosen, int row, int slot) {
        int best = -1;
        for (int expert = 0; expert < logits.cols(); expert++) {
            if ((best < 0 || logits.get(row, expert) > logits.get(row, best)) && !holds(chosen, row, slot, expert)) {
                best = expert;
            }
        }
        return best;
    }

    private static boolean holds(Matrix chosen, int row, int slots, int expert) {
        for (int slot = 0; slot < slots; slot++) {
            if (chosen.get(row, slot) == expert) {
                return true;
            }
        }
        return false;
    }

    private static void shares(Matrix logits, int k, Matrix chosen, Matrix share, int row) {
        double top = logits.get(row, (int) chosen.get(row, 0));
        double sum = 0;
        for (int slot = 0; slot < k; slot++) {
            sum += StrictMath.exp(logits.get(row, (int) chosen.get(row, slot)) - top);
        }
        for (int slot = 0; slot < k; slot++) {
            share.set(row, slot, (float) (StrictMath.exp(logits.get(row, (int) chosen.get(row, slot)) - top) / sum));
        }
    }
}
