package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the golden cases do not say: the estimate of the divergence, weights, metrics. */
class KahnemanTverskyOptimizationTest {
    private final Objective kto = KahnemanTverskyOptimization.of(0.5);

    @Test
    void theDivergenceIsTheMeanOverTheMismatchedPairs() {
        SequenceScore answer = Scores.answer(-4, -4, 2);

        Objective.Evaluation evaluation =
                kto.evaluate(List.of(answer, Scores.answer(-5, -6, 3), answer, Scores.answer(-5, -8, 3)));

        assertThat(evaluation.metrics().get("kl").value()).isEqualTo(2);
        assertThat(evaluation.loss()).isCloseTo(2 * (1 - 1 / (1 + Math.exp(1))), within(1e-12));
    }

    @Test
    void aNegativeEstimateCountsAsZero() {
        Objective.Evaluation evaluation = kto.evaluate(List.of(Scores.answer(-4, -4, 2), Scores.answer(-9, -6, 3)));

        assertThat(evaluation.metrics().get("kl").value()).isZero();
        assertThat(evaluation.loss()).isEqualTo(0.5);
    }

    @Test
    void mismatchedPairsGetNoGradient() {
        List<SequenceGradient> gradients = kto.evaluate(List.of(Scores.answer(-4, -4, 2), Scores.answer(-5, -6, 3)))
                .gradients();

        assertThat(gradients.get(0).logps()[1]).isNegative();
        assertThat(gradients.get(1).logps()).hasSize(4).containsOnly(0);
        assertThat(kto.differentiatedSequences()).isOne();
    }

    @Test
    void gradientIsThatOfCentralDifferencesWithTheDivergenceHeld() {
        double[] logps = {-1, -2.5};
        boolean[] labelled = {true, true};
        for (boolean desirable : new boolean[] {true, false}) {
            Objective weighted = new KahnemanTverskyOptimization(0.5, 0.7, 1.9);

            double[] numeric = CentralDifferences.gradient(
                    moved ->
                            weighted.evaluate(rated(moved, labelled, desirable)).loss(),
                    logps,
                    labelled);

            assertThat(weighted.evaluate(rated(logps, labelled, desirable))
                            .gradients()
                            .getFirst()
                            .logps())
                    .containsExactly(new double[] {0, numeric[0], numeric[1]}, within(1e-9));
        }
    }

    @Test
    void weightsApplyToTheirKindOfAnswer() {
        SequenceScore mismatched = Scores.answer(-5, -5, 3);
        SequenceScore good = Scores.answer(-4, -4, 2);
        List<SequenceScore> scores = List.of(good, mismatched, Scores.undesirable(good), mismatched);

        assertThat(new KahnemanTverskyOptimization(0.5, 3, 0).evaluate(scores).loss())
                .isEqualTo(1.5);
        assertThat(new KahnemanTverskyOptimization(0.5, 0, 5).evaluate(scores).loss())
                .isEqualTo(2.5);
    }

    @Test
    void rewardsAreMeansOverTheirKindOfAnswer() {
        SequenceScore mismatched = Scores.answer(-5, -5, 3);
        List<SequenceScore> scores = List.of(
                Scores.answer(-4, -5, 2),
                mismatched,
                Scores.answer(-4, -7, 2),
                mismatched,
                Scores.undesirable(Scores.answer(-9, -8, 2)),
                mismatched);

        Map<String, Mean> metrics = kto.evaluate(scores).metrics();

        assertThat(metrics.get("rewards/chosen")).isEqualTo(new Mean(0.5 * 4, 2));
        assertThat(metrics.get("rewards/rejected")).isEqualTo(new Mean(-0.5, 1));
        assertThat(kto.report(Map.of("rewards/chosen", 1.0, "rewards/rejected", -0.5)))
                .containsEntry("rewards/margins", 1.5);
        assertThat(kto.report(Map.of("rewards/chosen", 1.0))).containsOnlyKeys("rewards/chosen");
    }

    private static List<SequenceScore> rated(double[] logps, boolean[] labelled, boolean desirable) {
        SequenceScore answer = Scores.shifted(logps, labelled).withReference(new double[] {0, -2, -1});
        return List.of(desirable ? answer : Scores.undesirable(answer), Scores.answer(-5, -5.4, 3));
    }
}
