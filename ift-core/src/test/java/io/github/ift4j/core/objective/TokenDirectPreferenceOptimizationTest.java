package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.objective.TokenDirectPreferenceOptimization.Form;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From the definitions of Zeng et al. 2024. */
class TokenDirectPreferenceOptimizationTest {
    /** Error of central differences in float64, see {@link CentralDifferences}. */
    private static final double TOLERANCE = 1e-8;

    private static final double BETA = 0.4;
    private static final double ALPHA = 0.5;
    private static final boolean[] CHOSEN_LABELS = {true, true, false, true};
    private static final boolean[] REJECTED_LABELS = {false, true, true};
    private static final double[] CHOSEN = {-1.2, -0.3, 0, -2.5};
    private static final double[] REJECTED = {0, -0.8, -1.9};
    private static final double[] CHOSEN_KL = {0.3, 0.05, 0, 0.9};
    private static final double[] REJECTED_KL = {0, 0.7, 0.2};

    @ParameterizedTest
    @EnumSource
    void lossIsThePapers(Form form) {
        double ratios = (sum(CHOSEN) + 4.4) - (sum(REJECTED) + 2.2);
        double divergences = sum(REJECTED_KL) - sum(CHOSEN_KL);
        double margin = BETA * (ratios - (form == Form.FIRST ? 1 : ALPHA) * divergences);

        assertThat(tdpo(form)
                        .evaluate(pair(CHOSEN, REJECTED, CHOSEN_KL, REJECTED_KL))
                        .loss())
                .isCloseTo(Math.log(1 + Math.exp(-margin)), within(1e-12));
    }

    @ParameterizedTest
    @EnumSource
    void gradientIsThatOfCentralDifferences(Form form) {
        Objective tdpo = tdpo(form);
        List<SequenceGradient> gradients =
                tdpo.evaluate(pair(CHOSEN, REJECTED, CHOSEN_KL, REJECTED_KL)).gradients();

        assertGradient(
                gradients.get(0).logps(),
                CentralDifferences.gradient(
                        x -> tdpo.evaluate(pair(x, REJECTED, CHOSEN_KL, REJECTED_KL))
                                .loss(),
                        CHOSEN,
                        CHOSEN_LABELS));
        assertGradient(
                gradients.get(1).logps(),
                CentralDifferences.gradient(
                        x -> tdpo.evaluate(pair(CHOSEN, x, CHOSEN_KL, REJECTED_KL))
                                .loss(),
                        REJECTED,
                        REJECTED_LABELS));
        assertGradient(
                gradients.get(1).kl().orElseThrow(),
                CentralDifferences.gradient(
                        x -> tdpo.evaluate(pair(CHOSEN, REJECTED, CHOSEN_KL, x)).loss(), REJECTED_KL, REJECTED_LABELS));
        double[] ofChosenKl = CentralDifferences.gradient(
                x -> tdpo.evaluate(pair(CHOSEN, REJECTED, x, REJECTED_KL)).loss(), CHOSEN_KL, CHOSEN_LABELS);
        assertThat(CentralDifferences.error(new double[4], ofChosenKl))
                .as("negative control: a gradient of zero is told from the true one")
                .isGreaterThan(0.1);
        assertGradient(gradients.get(0).kl().orElseThrow(), form == Form.FIRST ? ofChosenKl : new double[4]);
    }

    @Test
    void rewardsAndDivergencesAreReported() {
        assertThat(tdpo(Form.FIRST)
                        .evaluate(pair(CHOSEN, REJECTED, CHOSEN_KL, REJECTED_KL))
                        .metrics())
                .hasEntrySatisfying(
                        "kl/chosen", mean -> assertThat(mean.value()).isEqualTo(1.25, within(1e-12)))
                .hasEntrySatisfying(
                        "kl/rejected", mean -> assertThat(mean.value()).isEqualTo(0.9, within(1e-12)))
                .hasEntrySatisfying("kl", mean -> assertThat(mean.value()).isEqualTo(1.075, within(1e-12)))
                .hasEntrySatisfying(
                        "rewards/chosen",
                        mean -> assertThat(mean.value()).isEqualTo(BETA * (sum(CHOSEN) + 4.4 + 1.25), within(1e-12)));
    }

    @Test
    void scoresWithoutDivergenceAreRefused() {
        List<SequenceScore> scores = List.of(Scores.answer(-3, -4, 2), Scores.answer(-3, -4, 2));

        assertThatThrownBy(() -> tdpo(Form.SECOND).evaluate(scores))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("divergence");
    }

    private static TokenDirectPreferenceOptimization tdpo(Form form) {
        return new TokenDirectPreferenceOptimization(form, BETA, ALPHA);
    }

    /** The reference gives the answers -4.4 and -2.2. */
    private static List<SequenceScore> pair(
            double[] chosen, double[] rejected, double[] chosenKl, double[] rejectedKl) {
        return List.of(
                Scores.shifted(chosen, CHOSEN_LABELS)
                        .withReference(new double[] {0, -2.2, -1.1, 0, -1.1})
                        .withKl(shifted(chosenKl)),
                Scores.shifted(rejected, REJECTED_LABELS)
                        .withReference(new double[] {0, 0, -1.2, -1})
                        .withKl(shifted(rejectedKl)));
    }

    private static double[] shifted(double[] values) {
        double[] shifted = new double[values.length + 1];
        System.arraycopy(values, 0, shifted, 1, values.length);
        return shifted;
    }

    private static void assertGradient(double[] actual, double[] expected) {
        assertThat(actual).containsExactly(shifted(expected), within(TOLERANCE));
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }
}
