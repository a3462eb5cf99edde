package io.github.ift4j.core.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GradientNormTest {
    private final List<Parameter> parameters = parameters();

    @Test
    void isTheRootOfTheSumOfAllSquares() {
        double sum = 0;
        for (Parameter parameter : parameters) {
            for (float g : Parameters.gradients(parameter)) {
                sum += (double) g * g;
            }
        }

        // Both are sums of 100,000 exact squares, in different order.
        assertThat(norm(1)).isCloseTo(Math.sqrt(sum), within(1e-10 * Math.sqrt(sum)));
    }

    @Test
    void doesNotDependOnTheNumberOfThreads() {
        assertThat(norm(4)).isEqualTo(norm(1));
    }

    @Test
    void gradientsThatAreMissingCountAsZero() {
        double before = norm(1);
        Parameter largest = parameters.getFirst();
        float[] gradient = Parameters.gradients(largest);
        double part = 0;
        for (float g : gradient) {
            part += (double) g * g;
        }
        largest.clearGradient();

        assertThat(norm(1)).isCloseTo(Math.sqrt(before * before - part), within(1e-9 * before));
    }

    @Test
    void aGradientThatIsNotANumberShows() {
        parameters.get(1).gradient().setAtIndex(ValueLayout.JAVA_FLOAT, 3, Float.NaN);
        assertThat(norm(2)).isNaN();

        parameters.get(1).gradient().setAtIndex(ValueLayout.JAVA_FLOAT, 3, Float.POSITIVE_INFINITY);
        assertThat(norm(2)).isInfinite();
    }

    @Test
    void squaresDoNotOverflow() {
        parameters.get(1).gradient().setAtIndex(ValueLayout.JAVA_FLOAT, 3, Float.MAX_VALUE);

        assertThat(norm(1)).isCloseTo(Float.MAX_VALUE, within(1e30));
    }

    @Test
    void clippingBoundsTheNormAsPyTorchDoes() {
        assertThat(GradientNorm.clipScale(4, 1)).isEqualTo(1 / (4 + 1e-6));
        assertThat(GradientNorm.clipScale(0.5, 1)).isEqualTo(1);
        assertThat(GradientNorm.clipScale(1, 1)).isEqualTo(1 / (1 + 1e-6));
        assertThatThrownBy(() -> GradientNorm.clipScale(1, 0))
                .hasMessage("the largest gradient norm must be positive, was 0.0");
    }

    private double norm(int threads) {
        try (Workers workers = new Workers(threads)) {
            return new GradientNorm(parameters, workers).compute();
        }
    }

    private static List<Parameter> parameters() {
        SplittableRandom random = new SplittableRandom(9);
        List<Parameter> parameters = new ArrayList<>();
        for (int size : new int[] {ParameterBlocks.BLOCK + 3, 5, 2 * ParameterBlocks.BLOCK, 1}) {
            parameters.add(Parameters.random("w", size, random));
        }
        return parameters;
    }
}
