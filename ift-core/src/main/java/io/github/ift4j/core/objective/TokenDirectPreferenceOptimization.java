package io.github.ift4j.core.objective;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.objective.PairLoss.Slope;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.Map;

/**
 * Token-level direct preference optimisation (TDPO; Zeng et al., "Token-level Direct Preference Optimization", arXiv 2404.11999):
 * DPO that also weighs how far the policy has moved from the reference along each answer.
 *
 * <p>With {@code logp} the log-probability of an answer, the sum over its labels, {@code ref} that under the reference model, and
 * {@code D} its sequential KL divergence, the sum of {@code KL(reference || policy)} over the labelled positions,
 *
 * <pre>{@code
 * h = (logp_chosen - ref_chosen) - (logp_rejected - ref_rejected)
 * first form  (its TDPO1): m = h - (D_rejected - D_chosen)
 * second form (its TDPO2): m = h - alpha (D_rejected - stopGradient(D_chosen))
 * L = -log sigmoid(beta m)
 * dL/dlogp_chosen = -dL/dlogp_rejected = -s       with s = beta sigmoid(-beta m)
 * first form:  dL/dD_rejected = s,       dL/dD_chosen = -s
 * second form: dL/dD_rejected = alpha s, dL/dD_chosen = 0
 * }</pre>
 *
 * <p>Metrics as of {@link DirectPreferenceOptimization}, with rewards {@code beta (logp - ref + D)}, and {@code kl, kl/chosen,
 * kl/rejected}: the sequential divergence of both answers (their mean) and of each.
 *
 * @param form which of the two losses
 * @param beta strength of the tie to the reference, above 0; the paper of IFT uses 0.1
 * @param alpha weight of the divergence in the second form, at least 0; not used by the first
 */
public record TokenDirectPreferenceOptimization(Form form, double beta, double alpha) implements PairwiseObjective {
    public TokenDirectPreferenceOptimization {
        Preconditions.checkNotNull(form, "tdpo-form must be given");
        Ranges.requireAboveZero("beta", beta);
        Ranges.requireNotNegative("tdpo-alpha", alpha);
    }

    /** The first form. */
    public static TokenDirectPreferenceOptimization first(double beta) {
        return new TokenDirectPreferenceOptimization(Form.FIRST, beta, 1);
    }

    /** The second form. */
    public static TokenDirectPreferenceOptimization second(double beta, double alpha) {
        return new TokenDirectPreferenceOptimization(Form.SECOND, beta, alpha);
    }

    @Override
    public Reference reference() {
        return Reference.DISTRIBUTION;
    }

    @Override
    public PairLoss loss(SequenceScore chosen, SequenceScore rejected) {
        double[] logps = {chosen.logp(), rejected.logp()};
        double[] ratios = {logps[0] - chosen.referenceLogp(), logps[1] - rejected.referenceLogp()};
        double[] kls = {chosen.sequentialKl(), rejected.sequentialKl()};
        double weight = form == Form.FIRST ? 1 : alpha;
        double margin = ratios[0] - ratios[1] - weight * (kls[1] - kls[0]);
        double s = beta * Logistic.sigmoid(-beta * margin);
        Map<String, Double> metrics =
                PairMeasures.metrics(new double[] {beta * (ratios[0] + kls[0]), beta * (ratios[1] + kls[1])}, logps);
        metrics.put("kl", (kls[0] + kls[1]) / 2);
        metrics.put("kl/chosen", kls[0]);
        metrics.put("kl/rejected", kls[1]);
        return new PairLoss(
                -Logistic.logSigmoid(beta * margin),
                Slope.of(-s, form == Form.FIRST ? -s : 0),
                Slope.of(s, weight * s),
                metrics);
    }

    /** The paper's two losses. */
    public enum Form {
        /** TDPO1: the difference of the divergences counts as it is. */
        FIRST,
        /** TDPO2: it counts alpha times, and the chosen answer's divergence has no gradient. */
        SECOND
    }
}
