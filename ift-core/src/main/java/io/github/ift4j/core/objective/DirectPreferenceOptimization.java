package io.github.ift4j.core.objective;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.policy.SequenceScore;

/**
 * Direct preference optimisation (DPO; Rafailov et al., "Direct Preference Optimization: Your Language Model is Secretly a Reward
 * Model", arXiv 2305.18290, equation 7) and, with label smoothing, conservative DPO (Mitchell, "A note on DPO with noisy
 * preferences & relationship to IPO", 2023), which takes a share eps of the preferences to be the wrong way round.
 *
 * <p>With {@code logp} the log-probability of an answer, the sum over its labels, and {@code ref} that under the reference model,
 *
 * <pre>{@code
 * r = beta (logp - ref)                                        reward of an answer
 * h = r_chosen - r_rejected
 * L = -(1 - eps) log sigmoid(h) - eps log sigmoid(-h)
 * dL/dlogp_chosen = -dL/dlogp_rejected = beta (eps sigmoid(h) - (1 - eps) sigmoid(-h))
 * }</pre>
 *
 * <p>Metrics: {@code rewards/chosen, rewards/rejected, rewards/margins, rewards/accuracies} (share of pairs whose chosen answer has
 * the larger reward), {@code logps/chosen, logps/rejected}.
 *
 * @param beta strength of the tie to the reference, above 0; the paper of IFT uses 0.1
 * @param labelSmoothing eps, from 0 to below 0.5
 */
public record DirectPreferenceOptimization(double beta, double labelSmoothing) implements PairwiseObjective {
    public DirectPreferenceOptimization {
        Ranges.requireAboveZero("beta", beta);
        Preconditions.checkArgument(
                labelSmoothing >= 0 && labelSmoothing < 0.5,
                "label-smoothing must be at least 0 and below 0.5, was %s",
                labelSmoothing);
    }

    /** DPO without label smoothing. */
    public static DirectPreferenceOptimization of(double beta) {
        return new DirectPreferenceOptimization(beta, 0);
    }

    @Override
    public Reference reference() {
        return Reference.LABEL_LOGPS;
    }

    @Override
    public PairLoss loss(SequenceScore chosen, SequenceScore rejected) {
        double[] logps = {chosen.logp(), rejected.logp()};
        double[] rewards = {
            beta * (logps[0] - chosen.referenceLogp()), beta * (logps[1] - rejected.referenceLogp()),
        };
        double h = rewards[0] - rewards[1];
        double loss = -(1 - labelSmoothing) * Logistic.logSigmoid(h) - labelSmoothing * Logistic.logSigmoid(-h);
        double slope = beta * (labelSmoothing * Logistic.sigmoid(h) - (1 - labelSmoothing) * Logistic.sigmoid(-h));
        return PairLoss.of(loss, slope, -slope, PairMeasures.metrics(rewards, logps));
    }
}
