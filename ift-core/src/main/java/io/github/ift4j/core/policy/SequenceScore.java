package io.github.ift4j.core.policy;

import io.github.ift4j.core.data.Sequence;
import java.util.Optional;

/**
 * What a policy says of one sequence under teacher forcing.
 *
 * @param sequence the scored sequence
 * @param logps natural-log probability of {@code labels[t]} given everything before t; 0 where t is not labelled, [tokens]
 * @param greedy most probable token at t given everything before t (lowest id among equals); -1 where t is not labelled, [tokens]
 * @param reference log-probabilities of the same labels under a reference model, when the objective asked for one, [tokens]
 * @param kl KL divergence of the policy from the reference at t, when the objective asked for it, [tokens]
 */
public record SequenceScore(
        Sequence sequence, double[] logps, int[] greedy, Optional<double[]> reference, Optional<double[]> kl) {
    public SequenceScore(Sequence sequence, double[] logps, int[] greedy) {
        this(sequence, logps, greedy, Optional.empty(), Optional.empty());
    }

    /** Sum of the negative log-probabilities of the labels. */
    public double negativeLogLikelihood() {
        double sum = 0;
        for (double logp : logps) {
            sum -= logp;
        }
        return sum;
    }

    /** Number of labelled positions whose greedy prediction is the label. */
    public int correct() {
        int count = 0;
        for (int t = 1; t < greedy.length; t++) {
            if (sequence.isLabelled(t) && greedy[t] == sequence.labels()[t]) {
                count++;
            }
        }
        return count;
    }
}
