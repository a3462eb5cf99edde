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
 * @param kl KL divergence {@code KL(reference || policy)} of the distributions over the whole vocabulary at t given everything
 *     before t, when the objective asked for it; 0 where t is not labelled, [tokens]
 */
public record SequenceScore(
        Sequence sequence, double[] logps, int[] greedy, Optional<double[]> reference, Optional<double[]> kl) {
    public SequenceScore(Sequence sequence, double[] logps, int[] greedy) {
        this(sequence, logps, greedy, Optional.empty(), Optional.empty());
    }

    /** The same under a reference model. */
    public SequenceScore withReference(double[] reference) {
        return new SequenceScore(sequence, logps, greedy, Optional.of(reference), kl);
    }

    /** The same with the divergence from a reference model. */
    public SequenceScore withKl(double[] kl) {
        return new SequenceScore(sequence, logps, greedy, reference, Optional.of(kl));
    }

    /** Sum of the negative log-probabilities of the labels. */
    public double negativeLogLikelihood() {
        double sum = 0;
        for (double logp : logps) {
            sum -= logp;
        }
        return sum;
    }

    /** Log-probability of all labels together. */
    public double logp() {
        return -negativeLogLikelihood();
    }

    /**
     * Log-probability of all labels together under the reference model.
     *
     * @throws IllegalStateException when the score holds none
     */
    public double referenceLogp() {
        return sum(reference, "log-probabilities of a reference model");
    }

    /**
     * Sequential KL divergence: the sum of {@link #kl} over the labelled positions.
     *
     * @throws IllegalStateException when the score holds none
     */
    public double sequentialKl() {
        return sum(kl, "the divergence from a reference model");
    }

    private static double sum(Optional<double[]> values, String what) {
        double sum = 0;
        for (double value : values.orElseThrow(
                () -> new IllegalStateException("the method needs " + what + ", and the scores hold none"))) {
            sum += value;
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
