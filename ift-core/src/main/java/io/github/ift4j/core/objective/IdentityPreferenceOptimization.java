package io.github.ift4j.core.objective;

import io.github.ift4j.core.policy.SequenceScore;

/**
 * Identity preference optimisation (IPO; Azar et al., "A General Theoretical Paradigm to Understand Learning from Human
 * Preferences", arXiv 2310.12036, equation 17): the log-ratio of the two answers is drawn to a fixed margin in place of growing
 * without bound.
 *
 * <p>With {@code logp} the log-probability of an answer, the sum over its labels, and {@code ref} that under the reference model,
 *
 * <pre>{@code
 * h = (logp_chosen - ref_chosen) - (logp_rejected - ref_rejected)
 * L = (h - 1 / (2 beta))²
 * dL/dlogp_chosen = -dL/dlogp_rejected = 2 (h - 1 / (2 beta))
 * }</pre>
 *
 * <p>Metrics as of {@link DirectPreferenceOptimization}, with rewards {@code beta (logp - ref)}.
 *
 * @param beta strength of the tie to the reference (the paper's tau), above 0
 */
public record IdentityPreferenceOptimization(double beta) implements PairwiseObjective {
    public IdentityPreferenceOptimization {
        Ranges.requireAboveZero("beta", beta);
    }

    @Override
    public Reference reference() {
        return Reference.LABEL_LOGPS;
    }

    @Override
    public PairLoss loss(SequenceScore chosen, SequenceScore rejected) {
        double[] logps = {chosen.logp(), rejected.logp()};
        double ofChosen = logps[0] - chosen.referenceLogp();
        double ofRejected = logps[1] - rejected.referenceLogp();
        double distance = ofChosen - ofRejected - 1 / (2 * beta);
        return PairLoss.of(
                distance * distance,
                2 * distance,
                -2 * distance,
                PairMeasures.metrics(new double[] {beta * ofChosen, beta * ofRejected}, logps));
    }
}
