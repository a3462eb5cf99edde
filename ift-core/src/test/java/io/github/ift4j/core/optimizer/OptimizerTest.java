package io.github.ift4j.core.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.RmsPropConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.SgdConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerTest {
    private static final int[] SIZES = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100, ParameterBlocks.BLOCK + 5};

    static List<OptimizerConfig> configs() {
        return List.of(
                RmsPropConfig.withDefaults(),
                new RmsPropConfig(0.9, 1e-6, 0.9, 0.1),
                new RmsPropConfig(0.95, 1e-8, 0, 0.01),
                AdamWConfig.withDefaults(),
                new AdamWConfig(0.4, 0.99, 1e-6, 0),
                SgdConfig.withDefaults(),
                new SgdConfig(0.9, 0.1));
    }

    @ParameterizedTest
    @MethodSource("configs")
    void equalsThePlainLoopToTheLastBit(OptimizerConfig config) {
        SplittableRandom random = new SplittableRandom(1);
        List<Parameter> parameters = parameters(random);
        List<float[]> expected = parameters.stream().map(Parameters::values).toList();
        List<ScalarOptimizer> scalars = parameters.stream()
                .map(p -> new ScalarOptimizer(config, (int) p.size()))
                .toList();

        try (Workers workers = new Workers(2);
                Optimizer optimizer = config.create(parameters, workers)) {
            for (int step = 0; step < 3; step++) {
                double rate = 1e-3 / (step + 1);
                double scale = 0.7 + 0.1 * step;
                for (int i = 0; i < parameters.size(); i++) {
                    Parameters.randomGradient(parameters.get(i), random);
                    scalars.get(i).step(expected.get(i), Parameters.gradients(parameters.get(i)), rate, scale);
                }
                optimizer.step(rate, scale);
            }
        }

        for (int i = 0; i < parameters.size(); i++) {
            assertThat(Parameters.values(parameters.get(i))).containsExactly(expected.get(i));
        }
    }

    @Test
    void theComparisonSeesOneOtherRounding() {
        SplittableRandom random = new SplittableRandom(1);
        Parameter parameter = Parameters.random("w", 1000, random);
        float[] rounded = Parameters.values(parameter);
        float[] gradient = Parameters.gradients(parameter);
        for (int i = 0; i < rounded.length; i++) {
            // Not fused: the product is rounded before it is subtracted.
            rounded[i] = rounded[i] - (float) 1e-3 * gradient[i];
        }
        try (Workers workers = new Workers(1);
                Optimizer optimizer = SgdConfig.withDefaults().create(List.of(parameter), workers)) {
            optimizer.step(1e-3, 1);
        }

        assertThat(Parameters.values(parameter)).isNotEqualTo(rounded);
        assertThat(Parameters.values(parameter)).containsExactly(rounded, within(1e-6f));
    }

    @ParameterizedTest
    @MethodSource("configs")
    void resultsDoNotDependOnTheNumberOfThreads(OptimizerConfig config) {
        List<float[]> one = train(config, 1);
        List<float[]> three = train(config, 3);

        for (int i = 0; i < one.size(); i++) {
            assertThat(three.get(i)).containsExactly(one.get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("configs")
    void savedStateContinuesWhereItWasSaved(OptimizerConfig config) {
        SplittableRandom random = new SplittableRandom(5);
        Parameter straight = Parameters.random("w", 100, random);
        Parameter resumed = Parameters.random("w", 100, random);
        try (Workers workers = new Workers(1);
                Optimizer first = config.create(List.of(straight), workers);
                Optimizer second = config.create(List.of(resumed), workers)) {
            first.step(1e-2, 1);
            resumed.value().copyFrom(straight.value());
            resumed.gradient().copyFrom(straight.gradient());
            assertThat(second.state().keySet())
                    .containsExactlyElementsOf(first.state().keySet());
            first.state().forEach((name, saved) -> second.state().get(name).copyFrom(saved));

            first.step(1e-2, 1);
            second.step(1e-2, 1);
        }

        assertThat(Parameters.values(resumed)).containsExactly(Parameters.values(straight));
    }

    @ParameterizedTest
    @MethodSource("configs")
    void parametersWithoutGradientStay(OptimizerConfig config) {
        Parameter parameter = Parameters.random("w", 100, new SplittableRandom(2));
        float[] before = Parameters.values(parameter);
        parameter.clearGradient();

        try (Workers workers = new Workers(1);
                Optimizer optimizer = config.create(List.of(parameter), workers)) {
            optimizer.step(1e-2, 1);

            assertThat(Parameters.values(parameter)).containsExactly(before);
            assertThat(optimizer.state().values())
                    .allMatch(segment ->
                            segment.mismatch(MemorySegment.ofArray(new byte[(int) segment.byteSize()])) == -1);
        }
    }

    @ParameterizedTest
    @MethodSource("configs")
    void stepsThatAreNotNumbersAreRefusedAndChangeNothing(OptimizerConfig config) {
        Parameter parameter = Parameters.random("w", 20, new SplittableRandom(2));
        float[] before = Parameters.values(parameter);
        try (Workers workers = new Workers(1);
                Optimizer optimizer = config.create(List.of(parameter), workers)) {
            assertThatThrownBy(() -> optimizer.step(Double.NaN, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the learning rate must be a number of at least 0, was NaN");
            assertThatThrownBy(() -> optimizer.step(1e-3, Double.POSITIVE_INFINITY))
                    .hasMessage("the scale of the gradients must be a finite number, was Infinity");
            assertThat(Parameters.values(parameter)).containsExactly(before);
        }
    }

    @Test
    void firstRmsPropStepIsTheOneByHand() {
        Parameter parameter = Parameters.random("w", 1, new SplittableRandom(2));
        parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1);
        parameter.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 0.5f);
        try (Workers workers = new Workers(1);
                Optimizer optimizer = RmsPropConfig.withDefaults().create(List.of(parameter), workers)) {
            optimizer.step(0.01, 1);
        }

        // v = 0.01 * 0.25 and so g / sqrt(v) = 0.5 / 0.05 = 10.
        assertThat(parameter.get(0)).isCloseTo(0.9f, within(1e-6f));
    }

    @Test
    void firstAdamWStepIsTheOneByHand() {
        Parameter parameter = Parameters.random("w", 1, new SplittableRandom(2));
        parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1);
        parameter.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 0.5f);
        try (Workers workers = new Workers(1);
                Optimizer optimizer = AdamWConfig.withDefaults().create(List.of(parameter), workers)) {
            optimizer.step(0.01, 1);
        }

        // Bias-corrected, the first step is the rate itself; the decay takes 0.01 * 0.01 more.
        assertThat(parameter.get(0)).isCloseTo(0.9899f, within(1e-6f));
    }

    @Test
    void settingsOutsideTheirRangeAreRefused() {
        assertThatThrownBy(() -> new RmsPropConfig(1, 1e-8, 0, 0))
                .hasMessage("alpha must be at least 0 and below 1, was 1.0");
        assertThatThrownBy(() -> new AdamWConfig(0.9, 0.999, Double.NaN, 0))
                .hasMessage("epsilon must be a number of at least 0, was NaN");
        assertThatThrownBy(() -> new SgdConfig(0, -1))
                .hasMessage("weight decay must be a number of at least 0, was -1.0");
    }

    private static List<Parameter> parameters(SplittableRandom random) {
        List<Parameter> parameters = new ArrayList<>();
        for (int size : SIZES) {
            parameters.add(Parameters.random("w" + size, size, random));
        }
        return parameters;
    }

    private static List<float[]> train(OptimizerConfig config, int threads) {
        SplittableRandom random = new SplittableRandom(4);
        List<Parameter> parameters = parameters(random);
        try (Workers workers = new Workers(threads);
                Optimizer optimizer = config.create(parameters, workers)) {
            for (int step = 0; step < 2; step++) {
                parameters.forEach(p -> Parameters.randomGradient(p, random));
                optimizer.step(1e-3, 0.5);
            }
        }
        return parameters.stream().map(Parameters::values).toList();
    }
}
