package io.github.ift4j.core.objective;

import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.ArrayList;
import java.util.List;

/**
 * Supervised fine-tuning (SFT): the mean negative log-likelihood of the labels of a sequence,
 * {@code L = -(1/n) sum_t logp_t} over its n labelled positions, so {@code dL/dlogp_t = -1/n}. Sequences weigh the same
 * whatever their length, as in the trainer of Hua et al. 2025. A sequence without a label has loss zero.
 */
public record SupervisedFineTuning() implements Objective {
    @Override
    public Evaluation evaluate(List<SequenceScore> scores) {
        double loss = 0;
        List<SequenceGradient> gradients = new ArrayList<>(scores.size());
        for (SequenceScore score : scores) {
            int labels = score.sequence().labelledTokens();
            double[] gradient = new double[score.logps().length];
            if (labels > 0) {
                loss += score.negativeLogLikelihood() / labels;
                for (int t = 0; t < gradient.length; t++) {
                    gradient[t] = score.sequence().isLabelled(t) ? -1.0 / labels : 0;
                }
            }
            gradients.add(new SequenceGradient(gradient));
        }
        return new Evaluation(loss, gradients);
    }
}
