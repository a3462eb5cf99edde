package io.github.ift4j.core.objective;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.SequenceGradient;
import java.util.Map;
import java.util.Optional;

/**
 * The loss of a pair of answers and its derivatives.
 *
 * @param value the loss
 * @param chosen its derivatives by what is known of the chosen answer
 * @param rejected its derivatives by what is known of the rejected answer
 * @param metrics further measurements of the pair, by name
 */
public record PairLoss(double value, Slope chosen, Slope rejected, Map<String, Double> metrics) {
    /** A loss that depends on the log-probabilities of the answers alone. */
    public static PairLoss of(double value, double dChosen, double dRejected, Map<String, Double> metrics) {
        return new PairLoss(value, Slope.of(dChosen), Slope.of(dRejected), metrics);
    }

    /**
     * Derivatives of a loss by what is known of one answer.
     *
     * @param logp by the answer's log-probability, the sum over its labels
     * @param kl by its sequential KL divergence, where the loss depends on it
     */
    public record Slope(double logp, Optional<Double> kl) {
        /** By the log-probability alone. */
        public static Slope of(double logp) {
            return new Slope(logp, Optional.empty());
        }

        /** By both. */
        public static Slope of(double logp, double kl) {
            return new Slope(logp, Optional.of(kl));
        }

        /** Derivatives by each label's logp and kl, from these by the sums over the answer. */
        SequenceGradient over(Sequence answer) {
            return new SequenceGradient(spread(answer, logp), kl.map(slope -> spread(answer, slope)));
        }

        private static double[] spread(Sequence answer, double slope) {
            double[] spread = new double[answer.length()];
            for (int t = 0; t < spread.length; t++) {
                spread[t] = answer.isLabelled(t) ? slope : 0;
            }
            return spread;
        }
    }
}
