package io.github.ift4j.core.objective;

import io.github.ift4j.core.policy.SequenceScore;
import java.util.Map;
import java.util.TreeMap;

/** What several methods of pairs measure. */
final class PairMeasures {
    private PairMeasures() {}

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
}
