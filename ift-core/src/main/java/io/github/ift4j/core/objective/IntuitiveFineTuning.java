package io.github.ift4j.core.objective;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Intuitive Fine-Tuning (IFT; Hua et al., "Intuitive Fine-Tuning: Towards Simplifying Alignment into a Single Process",
 * arXiv 2405.11870, Algorithm 1): the labels are scored on inputs mixed with the model's own predictions
 * ({@link TemporalResidual}) and weighed by what follows them ({@link RelationPropagation}, which also gives loss and
 * gradient). With lambda = 0 and gamma = 0 it is SFT with a constant input embedding.
 *
 * <p>The metric {@code nll} is the unweighted mean of the labels' negative log-probabilities on the mixed inputs.
 *
 * @param temporalResidual strength of the mix
 * @param propagation weights of the labels
 */
public record IntuitiveFineTuning(TemporalResidual temporalResidual, RelationPropagation propagation)
        implements Objective {
    /** The paper's setting: lambda 0.2, gamma 0.95. */
    public static IntuitiveFineTuning withDefaults() {
        return of(0.2, 0.95);
    }

    /** A constant lambda, and the paper's propagation with discount {@code gamma}. */
    public static IntuitiveFineTuning of(double lambda, double gamma) {
        return new IntuitiveFineTuning(TemporalResidual.constant(lambda), RelationPropagation.of(gamma));
    }

    @Override
    public Optional<TemporalResidual> residual() {
        return Optional.of(temporalResidual);
    }

    @Override
    public Evaluation evaluate(List<SequenceScore> scores) {
        double loss = 0;
        double nll = 0;
        List<SequenceGradient> gradients = new ArrayList<>(scores.size());
        for (SequenceScore score : scores) {
            Sequence sequence = score.sequence();
            boolean[] labelled = new boolean[sequence.length()];
            for (int t = 0; t < labelled.length; t++) {
                labelled[t] = sequence.isLabelled(t);
            }
            RelationPropagation.Result result = propagation.apply(score.logps(), labelled);
            loss += result.loss();
            nll += score.negativeLogLikelihood() / Math.max(1, sequence.labelledTokens());
            gradients.add(new SequenceGradient(result.gradient()));
        }
        return new Evaluation(loss, gradients, Map.of("nll", new Mean(nll, scores.size())));
    }
}
