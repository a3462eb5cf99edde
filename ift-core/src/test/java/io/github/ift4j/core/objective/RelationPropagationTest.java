package io.github.ift4j.core.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.objective.RelationPropagation.Norm;
import io.github.ift4j.core.objective.RelationPropagation.Result;
import io.github.ift4j.core.objective.RelationPropagation.Side;
import io.github.ift4j.core.objective.RelationPropagation.Type;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RelationPropagationTest {
    /** Of the central differences, see there; the weights' curvature costs three more digits. */
    private static final double TOLERANCE = 1e-6;

    @Property(tries = 300, seed = "20")
    void gradientIsThatOfCentralDifferences(
            @ForAll Type type,
            @ForAll Side side,
            @ForAll Norm norm,
            @ForAll @DoubleRange(min = 0, max = 1) double gamma,
            @ForAll @IntRange(min = 1, max = 17) int length,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean[] labelled = labels(random, length);
        double[] logps = logps(random, labelled);
        RelationPropagation propagation = new RelationPropagation(type, side, norm, gamma);

        double[] gradient = propagation.apply(logps, labelled).gradient();

        double[] numeric = CentralDifferences.gradient(
                moved -> propagation.apply(moved, labelled).loss(), logps, labelled);
        assertThat(CentralDifferences.error(gradient, numeric)).isLessThan(TOLERANCE);
    }

    @Test
    void theGradientCheckSeesDetachedWeights() {
        boolean[] labelled = {true, true, false, true};
        double[] logps = {-0.5, -2, 0, -1};
        RelationPropagation propagation = RelationPropagation.of(0.95);
        double[] weights = propagation.apply(logps, labelled).weights();
        double[] detached = Arrays.stream(weights).map(w -> -w / 3).toArray();

        double[] numeric = CentralDifferences.gradient(
                moved -> propagation.apply(moved, labelled).loss(), logps, labelled);

        assertThat(CentralDifferences.error(detached, numeric)).isGreaterThan(1000 * TOLERANCE);
    }

    @Property(tries = 100, seed = "20")
    void recursionsEqualTheDoubleSumOfTheDefinition(
            @ForAll Type type,
            @ForAll @DoubleRange(min = 0.01, max = 1) double gamma,
            @ForAll @IntRange(min = 1, max = 40) int length,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean[] labelled = labels(random, length);
        double[] logps = logps(random, labelled);
        int n = count(labelled);
        double[] expected = new double[length];
        for (int t = 0; t < length; t++) {
            for (int i = t; labelled[t] && i < length; i++) {
                if (labelled[i]) {
                    double item = switch (type) {
                        case LOSS -> -logps[i] / n;
                        case LOGPS -> -logps[i];
                        case MASK -> 1;
                    };
                    expected[t] += Math.pow(gamma, i - t) * item;
                }
            }
        }
        double sum = Arrays.stream(expected).sum();

        double[] weights = new RelationPropagation(type, Side.LEFT, Norm.L1, gamma)
                .apply(logps, labelled)
                .weights();

        for (int t = 0; t < length; t++) {
            assertThat(weights[t]).isCloseTo(n * expected[t] / sum, within(1e-12 * n));
        }
    }

    @Property(tries = 100, seed = "20")
    void weightsAddUpToTheNumberOfLabelsAndAreZeroElsewhere(
            @ForAll Type type,
            @ForAll Side side,
            @ForAll Norm norm,
            @ForAll @DoubleRange(min = 0, max = 1) double gamma,
            @ForAll @IntRange(min = 1, max = 40) int length,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean[] labelled = labels(random, length);

        double[] weights = new RelationPropagation(type, side, norm, gamma)
                .apply(logps(random, labelled), labelled)
                .weights();

        assertThat(Arrays.stream(weights).sum()).isCloseTo(count(labelled), within(1e-12 * length));
        for (int t = 0; t < length; t++) {
            assertThat(weights[t] != 0 && !labelled[t]).isFalse();
        }
    }

    @Property(tries = 200, seed = "20")
    void resultIsNeverNotANumber(
            @ForAll Type type,
            @ForAll Side side,
            @ForAll Norm norm,
            @ForAll @DoubleRange(min = 0, max = 1) double gamma,
            @ForAll @IntRange(min = 1, max = 9) int length,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean[] labelled = labels(random, length);
        double[] extremes = {0, -0.0, -Double.MIN_VALUE, -1e-300, -1e-160, -1e-30, -1e-7, -1, -700, -1e5, -1e30, -1e150
        };
        double[] logps = new double[length];
        for (int t = 0; t < length; t++) {
            logps[t] = extremes[random.nextInt(extremes.length)];
        }

        Result result = new RelationPropagation(type, side, norm, gamma).apply(logps, labelled);

        assertThat(result.loss()).isFinite().isGreaterThanOrEqualTo(0);
        assertThat(Arrays.stream(result.gradient()).allMatch(Double::isFinite)).isTrue();
        assertThat(Arrays.stream(result.weights()).allMatch(Double::isFinite)).isTrue();
    }

    @Test
    void undefinedWeightsCountAsOne() {
        boolean[] labelled = {true, false, true};
        double[] certain = new double[3];
        for (Type type : new Type[] {Type.LOSS, Type.LOGPS}) {
            for (Side side : Side.values()) {
                for (Norm norm : Norm.values()) {
                    Result result = new RelationPropagation(type, side, norm, 0.95).apply(certain, labelled);

                    assertThat(result.weights()).containsExactly(1, 0, 1);
                    assertThat(result.loss()).isZero();
                }
            }
        }
    }

    @Test
    void aSingleLabelHasWeightOne() {
        for (Type type : Type.values()) {
            for (Side side : Side.values()) {
                for (Norm norm : Norm.values()) {
                    Result result = new RelationPropagation(type, side, norm, 0.95)
                            .apply(new double[] {0, -3, 0}, new boolean[] {false, true, false});

                    assertThat(result.loss()).isEqualTo(3);
                    assertThat(result.weights()).containsExactly(0, 1, 0);
                    assertThat(result.gradient()[1]).isCloseTo(-1, within(1e-12));
                }
            }
        }
    }

    @Test
    void aGapBetweenAnswersDiscounts() {
        RelationPropagation propagation = new RelationPropagation(Type.MASK, Side.LEFT, Norm.L1, 0.5);

        double[] adjacent = propagation
                .apply(new double[] {-1, -1}, new boolean[] {true, true})
                .weights();
        double[] apart = propagation
                .apply(new double[] {-1, 0, -1}, new boolean[] {true, false, true})
                .weights();

        assertThat(adjacent[0] / adjacent[1]).isCloseTo(1.5, within(1e-12));
        assertThat(apart[0] / apart[2]).isCloseTo(1.25, within(1e-12));
    }

    @Test
    void unlabelledLogProbabilitiesAreIgnored() {
        boolean[] labelled = {false, true, false, true};

        Result clean = RelationPropagation.DEFAULT.apply(new double[] {0, -1, 0, -2}, labelled);
        Result noisy = RelationPropagation.DEFAULT.apply(new double[] {-9, -1, Double.NaN, -2}, labelled);

        assertThat(noisy.loss()).isEqualTo(clean.loss());
        assertThat(noisy.gradient()).containsExactly(clean.gradient());
    }

    @Test
    void aSequenceWithoutLabelHasNoLossAndNoGradient() {
        Result result = RelationPropagation.DEFAULT.apply(new double[] {-1, -2}, new boolean[2]);

        assertThat(result.loss()).isZero();
        assertThat(result.gradient()).containsOnly(0);
    }

    @Test
    void aDiscountOutsideItsRangeIsRefused() {
        assertThatThrownBy(() -> RelationPropagation.of(1.01))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gamma must be between 0 and 1, was 1.01");
        assertThatThrownBy(() -> RelationPropagation.of(Double.NaN)).hasMessageContaining("was NaN");
    }

    private static boolean[] labels(SplittableRandom random, int length) {
        boolean[] labelled = new boolean[length];
        for (int t = 0; t < length; t++) {
            labelled[t] = random.nextInt(3) > 0;
        }
        labelled[random.nextInt(length)] = true;
        return labelled;
    }

    private static double[] logps(SplittableRandom random, boolean[] labelled) {
        double[] logps = new double[labelled.length];
        for (int t = 0; t < logps.length; t++) {
            logps[t] = labelled[t] ? -0.2 - 4 * random.nextDouble() : 0;
        }
        return logps;
    }

    private static int count(boolean[] labelled) {
        int count = 0;
        for (boolean label : labelled) {
            count += label ? 1 : 0;
        }
        return count;
    }
}
