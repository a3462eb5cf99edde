package io.github.ift4j.core.objective;

import io.github.ift4j.core.policy.SequenceScore;

/**
 * Simple preference optimisation (SimPO; Meng et al., "SimPO: Simple Preference Optimization with a Reference-Free Reward", arXiv
 * 2405.14734, equation 6): the reward is the mean log-probability of an answer's labels, so that length is no merit, and the chosen
 * answer has to lead by a margin.
 *
 * <p>With {@code m} that mean and n the number of labels,
 *
 * <pre>{@code
 * h = beta (m_chosen - m_rejected) - margin
 * L = -log sigmoid(h)
 * dL/dlogp_chosen   = -beta sigmoid(-h) / n_chosen      for each label
 * dL/dlogp_rejected =  beta sigmoid(-h) / n_rejected
 * }</pre>
 *
 * <p>Metrics as of {@link DirectPreferenceOptimization}, with {@code logps} the means and rewards {@code beta m}.
 *
 * @param beta scale of the reward, above 0; the paper of IFT uses 2
 * @param margin the paper's gamma, at least 0; the paper of IFT uses 1.6, a ratio gamma / beta of 0.8
 */
public record SimplePreferenceOptimization(double beta, double margin) implements PairwiseObjective {
    public SimplePreferenceOptimization {
        Ranges.requireAboveZero("beta", beta);
        Ranges.requireNotNegative("margin", margin);
    }

    @Override
    public PairLoss loss(SequenceScore chosen, SequenceScore rejected) {
        double[] means = {PairMeasures.meanLogp(chosen), PairMeasures.meanLogp(rejected)};
        double h = beta * (means[0] - means[1]) - margin;
        double s = beta * Logistic.sigmoid(-h);
        return PairLoss.of(
                -Logistic.logSigmoid(h),
                -s / PairMeasures.labels(chosen),
                s / PairMeasures.labels(rejected),
                PairMeasures.metrics(new double[] {beta * means[0], beta * means[1]}, means));
    }
}
