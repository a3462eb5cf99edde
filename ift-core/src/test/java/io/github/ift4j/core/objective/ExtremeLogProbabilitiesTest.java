package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method where log-probabilities are as far from the usual as they can be. */
class ExtremeLogProbabilitiesTest {
    private static final double[] EXTREMES = {0, -1e-300, -1e-17, -1e-12, -1e-6, -1, -50, -800, -1e4};

    static List<Objective> methods() {
        return List.of(
                DirectPreferenceOptimization.of(0.1),
                new DirectPreferenceOptimization(0.1, 0.2),
                new IdentityPreferenceOptimization(0.1),
                TokenDirectPreferenceOptimization.first(0.1),
                TokenDirectPreferenceOptimization.second(0.1, 0.5),
                new OddsRatioPreferenceOptimization(0.25),
                new SimplePreferenceOptimization(2, 1.6),
                KahnemanTverskyOptimization.of(0.1));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void lossAndGradientAreNumbers(Objective objective) {
        for (double first : EXTREMES) {
            for (double second : EXTREMES) {
                for (double reference : new double[] {0, -1e4}) {
                    List<SequenceScore> scores =
                            List.of(score(first, reference), Scores.undesirable(score(second, reference)));

                    assertFinite(objective.evaluate(scores), objective + " of " + first + ", " + second);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void answersWithoutLabelsAreNumbersToo(Objective objective) {
        SequenceScore empty = Scores.shifted(new double[2], new boolean[2])
                .withReference(new double[3])
                .withKl(new double[3]);

        assertFinite(objective.evaluate(List.of(empty, score(-3, -4))), objective + " of an empty first answer");
        assertFinite(objective.evaluate(List.of(score(-3, -4), empty)), objective + " of an empty second answer");
    }

    @Test
    void theOddsOfAlmostCertainAnswersLoseNoDigits() {
        double p = 1e-12;
        double logOdds = new OddsRatioPreferenceOptimization(0.25)
                .evaluate(List.of(Scores.answer(-p, 1), Scores.answer(-1, 1)))
                .metrics()
                .get("log_odds_chosen")
                .value();

        // log(exp(-p) / (1 - exp(-p))) = -log(p) - p / 2 + O(p²)
        assertThat(logOdds).isCloseTo(-Math.log(p) + Math.log(Math.E - 1), within(1e-10));
        assertThat(Math.log(1 - Math.exp(-p)))
                .as("the formula taken literally is worse")
                .isNotCloseTo(Math.log(p), within(1e-6));
    }

    @Test
    void parametersOutsideTheirRangeAreNamed() {
        assertRefused(() -> DirectPreferenceOptimization.of(0), "beta must be a number above 0, was 0.0");
        assertRefused(() -> new DirectPreferenceOptimization(0.1, 0.5), "label-smoothing");
        assertRefused(() -> new IdentityPreferenceOptimization(Double.NaN), "beta");
        assertRefused(() -> TokenDirectPreferenceOptimization.second(0.1, -1), "tdpo-alpha");
        assertRefused(() -> new OddsRatioPreferenceOptimization(-1), "beta");
        assertRefused(() -> new SimplePreferenceOptimization(2, -1), "margin");
        assertRefused(() -> new KahnemanTverskyOptimization(0.1, -1, 1), "desirable-weight");
        assertRefused(() -> new KahnemanTverskyOptimization(0.1, 1, -1), "undesirable-weight");
    }

    private static void assertRefused(Supplier<Objective> objective, String message) {
        assertThatThrownBy(objective::get)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static SequenceScore score(double logp, double reference) {
        return Scores.answer(logp, reference, 3).withKl(new double[] {0, 1e4, 0, 1});
    }

    private static void assertFinite(Objective.Evaluation evaluation, String what) {
        assertThat(evaluation.loss()).as(what).isFinite();
        for (SequenceGradient gradient : evaluation.gradients()) {
            for (double slope : gradient.logps()) {
                assertThat(slope).as(what).isFinite();
            }
            for (double slope : gradient.kl().orElse(new double[0])) {
                assertThat(slope).as(what).isFinite();
            }
        }
        evaluation
                .metrics()
                .forEach((name, mean) ->
                        assertThat(mean.value()).as(name + ": " + what).isFinite());
    }
}
