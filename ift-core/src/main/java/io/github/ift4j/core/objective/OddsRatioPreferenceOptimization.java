package io.github.ift4j.core.objective;

import io.github.ift4j.core.policy.SequenceScore;
import java.util.Map;

/**
 * Odds ratio preference optimisation (ORPO; Hong et al., "ORPO: Monolithic Preference Optimization without Reference Model", arXiv
 * 2403.07691, equations 6 and 7): the likelihood of the chosen answer, and the odds of the chosen against the rejected one.
 *
 * <p>With {@code m} the mean log-probability of an answer's labels and n their number,
 *
 * <pre>{@code
 * o = log odds(chosen) - log odds(rejected),   log odds = m - log(1 - exp(m))
 * L = -m_chosen - beta log sigmoid(o)
 * dL/dlogp_chosen   = -(1 + beta sigmoid(-o) / (1 - exp(m_chosen))) / n_chosen      for each label
 * dL/dlogp_rejected = beta sigmoid(-o) / (1 - exp(m_rejected)) / n_rejected
 * }</pre>
 *
 * A mean above {@code -2^-52}, where {@code 1 - exp(m)} is not a positive double, counts in the odds as {@code -2^-52}.
 *
 * <p>Metrics as of {@link DirectPreferenceOptimization}, with {@code logps} the means and rewards {@code beta m}; and {@code
 * nll_loss} (-m of the chosen answers), {@code log_odds_ratio} ({@code log sigmoid(o)}), {@code log_odds_chosen} ({@code o}).
 *
 * @param beta weight of the odds ratio (the paper's lambda), above 0; the paper of IFT uses 0.25
 */
public record OddsRatioPreferenceOptimization(double beta) implements PairwiseObjective {
    private static final double NEAREST_TO_CERTAIN = -0x1p-52;

    public OddsRatioPreferenceOptimization {
        Ranges.requireAboveZero("beta", beta);
    }

    @Override
    public PairLoss loss(SequenceScore chosen, SequenceScore rejected) {
        double[] means = {PairMeasures.meanLogp(chosen), PairMeasures.meanLogp(rejected)};
        double ofChosen = Math.min(means[0], NEAREST_TO_CERTAIN);
        double ofRejected = Math.min(means[1], NEAREST_TO_CERTAIN);
        double logOdds =
                ofChosen - ofRejected - (Logistic.logOneMinusExp(ofChosen) - Logistic.logOneMinusExp(ofRejected));
        double s = beta * Logistic.sigmoid(-logOdds);
        Map<String, Double> metrics = PairMeasures.metrics(new double[] {beta * means[0], beta * means[1]}, means);
        metrics.put("nll_loss", -means[0]);
        metrics.put("log_odds_ratio", Logistic.logSigmoid(logOdds));
        metrics.put("log_odds_chosen", logOdds);
        return PairLoss.of(
                -means[0] - beta * Logistic.logSigmoid(logOdds),
                -(1 + s / -Math.expm1(ofChosen)) / PairMeasures.labels(chosen),
                s / -Math.expm1(ofRejected) / PairMeasures.labels(rejected),
                metrics);
    }
}
