package io.github.ift4j.core.objective;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.data.ExampleKind;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Kahneman-Tversky optimisation (KTO; Ethayarajh et al., "KTO: Model Alignment as Prospect Theoretic Optimization", arXiv
 * 2402.01306, equation 8): learns from single answers that are rated desirable or undesirable.
 *
 * <p>With {@code r = logp - ref} the log-ratio of an answer, the sum over its labels, and {@code z} the policy's divergence from
 * the reference, estimated by the mean of {@code r} over the micro-batch's mismatched pairs (each prompt with the answer of another
 * example), at least 0 and held constant,
 *
 * <pre>{@code
 * desirable:   L = w_d (1 - sigmoid(a)),  a = beta (r - z),  dL/dlogp = -w_d beta sigmoid(a) sigmoid(-a)
 * undesirable: L = w_u (1 - sigmoid(b)),  b = beta (z - r),  dL/dlogp =  w_u beta sigmoid(b) sigmoid(-b)
 * }</pre>
 *
 * <p>Metrics: {@code rewards/chosen, logps/chosen} over the desirable answers, {@code rewards/rejected, logps/rejected} over the
 * undesirable ones (rewards are {@code beta r}), {@code rewards/margins}, their difference, and {@code kl}, which is z.
 *
 * @param beta strength of the tie to the reference, above 0
 * @param desirableWeight w_d, at least 0
 * @param undesirableWeight w_u, at least 0
 */
public record KahnemanTverskyOptimization(double beta, double desirableWeight, double undesirableWeight)
        implements Objective {
    public KahnemanTverskyOptimization {
        Ranges.requireAboveZero("beta", beta);
        Ranges.requireNotNegative("desirable-weight", desirableWeight);
        Ranges.requireNotNegative("undesirable-weight", undesirableWeight);
    }

    /** Both kinds of answers weigh the same. */
    public static KahnemanTverskyOptimization of(double beta) {
        return new KahnemanTverskyOptimization(beta, 1, 1);
    }

    @Override
    public Coupling coupling() {
        return Coupling.BATCH;
    }

    @Override
    public ExampleKind examples() {
        return ExampleKind.RATING;
    }

    /** The mismatched answer of an example only serves the estimate of the divergence. */
    @Override
    public int differentiatedSequences() {
        return 1;
    }

    @Override
    public Reference reference() {
        return Reference.LABEL_LOGPS;
    }

    /** @param scores of each example its answer, whose {@link Sequence#desirable} is the rating, then its mismatched pair */
    @Override
    public Evaluation evaluate(List<SequenceScore> scores) {
        Preconditions.checkArgument(
                scores.size() % 2 == 0, "%s sequences do not make answers with mismatched pairs", scores.size());
        double divergence = divergence(scores);
        double loss = 0;
        List<SequenceGradient> gradients = new ArrayList<>(scores.size());
        Map<String, Mean> metrics = new TreeMap<>();
        for (int i = 0; i < scores.size(); i += 2) {
            SequenceScore answer = scores.get(i);
            boolean desirable = answer.sequence().desirable();
            double sign = desirable ? 1 : -1;
            double weight = desirable ? desirableWeight : undesirableWeight;
            double reward = beta * ratio(answer);
            double x = sign * (reward - beta * divergence);
            loss += weight * Logistic.sigmoid(-x);
            gradients.add(gradient(answer, -sign * weight * beta * Logistic.sigmoid(x) * Logistic.sigmoid(-x)));
            gradients.add(new SequenceGradient(new double[scores.get(i + 1).logps().length]));
            String side = desirable ? "chosen" : "rejected";
            metrics.merge("rewards/" + side, new Mean(reward, 1), Mean::plus);
            metrics.merge("logps/" + side, new Mean(answer.logp(), 1), Mean::plus);
            metrics.merge("kl", new Mean(divergence, 1), Mean::plus);
        }
        return new Evaluation(loss, gradients, metrics);
    }

    @Override
    public Map<String, Double> report(Map<String, Double> means) {
        Double chosen = means.get("rewards/chosen");
        Double rejected = means.get("rewards/rejected");
        if (chosen == null || rejected == null) {
            return means;
        }
        Map<String, Double> report = new TreeMap<>(means);
        report.put("rewards/margins", chosen - rejected);
        return report;
    }

    private static double divergence(List<SequenceScore> scores) {
        double sum = 0;
        for (int i = 1; i < scores.size(); i += 2) {
            sum += ratio(scores.get(i));
        }
        return scores.isEmpty() ? 0 : Math.max(0, sum / (scores.size() / 2));
    }

    private static double ratio(SequenceScore score) {
        return score.logp() - score.referenceLogp();
    }

    private static SequenceGradient gradient(SequenceScore answer, double slope) {
        double[] gradient = new double[answer.logps().length];
        for (int t = 0; t < gradient.length; t++) {
            gradient[t] = answer.sequence().isLabelled(t) ? slope : 0;
        }
        return new SequenceGradient(gradient);
    }
}
