package io.github.ift4j.core.objective;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.Objective.Evaluation;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Sums a loss over pairs of a chosen and a rejected answer. */
final class PreferencePairs {
    private PreferencePairs() {}

    /**
     * Loss and gradient of all pairs.
     *
     * @param scores chosen and rejected answers in turn
     */
    static Evaluation evaluate(List<SequenceScore> scores, PairLoss loss) {
        Preconditions.checkArgument(scores.size() % 2 == 0, "%s sequences do not make pairs", scores.size());
        double sum = 0;
        List<SequenceGradient> gradients = new ArrayList<>(scores.size());
        Map<String, Mean> metrics = new TreeMap<>();
        for (int i = 0; i < scores.size(); i += 2) {
            SequenceScore chosen = scores.get(i);
            SequenceScore rejected = scores.get(i + 1);
            Result result = loss.of(chosen, rejected);
            sum += result.loss();
            gradients.add(gradient(chosen.sequence(), result.chosen()));
            gradients.add(gradient(rejected.sequence(), result.rejected()));
            result.metrics().forEach((name, value) -> metrics.merge(name, new Mean(value, 1), Mean::plus));
        }
        return new Evaluation(sum, gradients, metrics);
    }

    /** Mean log-probability of a label; 0 when there is none. */
    static double meanLogp(SequenceScore score) {
        return score.logp() / labels(score);
    }

    /** Number of labels, at least 1. */
    static int labels(SequenceScore score) {
        return Math.max(1, score.sequence().labelledTokens());
    }

    /**
     * The metrics that every method of pairs has, by TRL's names.
     *
     * @param reward implicit reward of the chosen and of the rejected answer
     * @param logp their log-probability
     */
    static Map<String, Double> metrics(double[] reward, double[] logp) {
        Map<String, Double> metrics = new TreeMap<>();
        metrics.put("rewards/chosen", reward[0]);
        metrics.put("rewards/rejected", reward[1]);
        metrics.put("rewards/margins", reward[0] - reward[1]);
        metrics.put("rewards/accuracies", reward[0] > reward[1] ? 1.0 : 0.0);
        metrics.put("logps/chosen", logp[0]);
        metrics.put("logps/rejected", logp[1]);
        return metrics;
    }

    /** Derivatives by each label's logp and kl, from those by the sums over the answer. */
    private static SequenceGradient gradient(Sequence sequence, Slope slope) {
        return new SequenceGradient(
                spread(sequence, slope.logp()),
                slope.kl().isPresent() ? Optional.of(spread(sequence, slope.kl().get())) : Optional.empty());
    }

    private static double[] spread(Sequence sequence, double value) {
        double[] spread = new double[sequence.length()];
        for (int t = 0; t < spread.length; t++) {
            spread[t] = sequence.isLabelled(t) ? value : 0;
        }
        return spread;
    }

    /** The loss of one pair. */
    @FunctionalInterface
    interface PairLoss {
        Result of(SequenceScore chosen, SequenceScore rejected);
    }

    /**
     * The loss of one pair and its derivatives.
     *
     * @param metrics by name
     */
    record Result(double loss, Slope chosen, Slope rejected, Map<String, Double> metrics) {
        /** Derivatives by the log-probabilities of the answers alone. */
        static Result of(double loss, double dChosen, double dRejected, Map<String, Double> metrics) {
            return new Result(loss, Slope.of(dChosen), Slope.of(dRejected), metrics);
        }
    }

    /**
     * Derivatives of a loss by what is known of one answer.
     *
     * @param logp by the answer's log-probability, the sum over its labels
     * @param kl by its sequential KL divergence, where the loss depends on it
     */
    record Slope(double logp, Optional<Double> kl) {
        static Slope of(double logp) {
            return new Slope(logp, Optional.empty());
        }

        static Slope of(double logp, double kl) {
            return new Slope(logp, Optional.of(kl));
        }
    }
}
