package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.optimizer.Optimizer;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.Quantiser;
import io.github.ift4j.jlama.kernel.WeightFormat;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An adapter over a base of fewer bits learns what it learns over the float32 numbers that they stand for, bit for bit, and the base
 * takes the memory of its format.
 */
class QuantisedTrainingTest {
    private static final PeftConfig LORA =
            PeftConfig.of(4, 8, new PeftTargets.AllLinear()).withDropout(0.1);

    @TempDir
    Path temp;

    static Stream<Arguments> models() {
        return Stream.of("llama", "llama-tied", "gemma2", "qwen2", "mixtral", "gpt2")
                .flatMap(architecture -> Stream.of(ElementType.BF16, ElementType.I8, ElementType.Q4)
                        .map(type -> Arguments.of(architecture, type)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void twoStepsAreThoseOverTheNumbersInFloat32(String architecture, ElementType type) {
        Golden golden = new Golden(architecture);
        Path quantised = quantised(golden, type);
        Path floats = inFloat32(quantised);
        TrainingOptions options = TrainingOptions.defaults();
        // A vocabulary in chunks takes parts of the head's weight.
        TrainingOptions few = options.withMaxLogits(70);
        for (PeftConfig adapter : List.of(LORA, LORA.withDora(true))) {
            for (Objective objective : List.of(new SupervisedFineTuning(), IntuitiveFineTuning.of(0.2, 0.95))) {
                List<float[]> expected = train(golden, floats, adapter, objective, options, 2);
                for (int threads : new int[] {1, 2}) {
                    assertSame(train(golden, quantised, adapter, objective, options, threads), expected);
                }
                assertSame(
                        train(golden, quantised, adapter, objective, few, 2),
                        train(golden, floats, adapter, objective, few, 2));
            }
        }
    }

    @Test
    void theComparisonSeesTheModelBefore() {
        Golden golden = new Golden("llama");
        Objective objective = new SupervisedFineTuning();
        TrainingOptions options = TrainingOptions.defaults();
        List<float[]> quantised = train(golden, quantised(golden, ElementType.I8), LORA, objective, options, 2);
        List<float[]> before = train(golden, golden.model(), LORA, objective, options, 2);
        // The first gradient is zero, because B is.
        assertThat(quantised.get(1)).isNotEqualTo(before.get(1));
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"BF16", "I8", "Q4"})
    void theBaseTakesTheMemoryOfItsFormat(ElementType type) {
        Golden golden = new Golden("llama");
        Path quantised = quantised(golden, type);
        long inFloat32 = weightBytes(inFloat32(quantised));
        WeightFormat format = switch (type) {
            case BF16 -> WeightFormat.BFLOAT16;
            case I8 -> WeightFormat.EIGHT_BITS;
            default -> WeightFormat.FOUR_BITS;
        };
        long matrices = 0;
        long other = 0;
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(quantised)) {
            for (String name : files.tensorNames()) {
                long size = files.tensor(name).size();
                boolean matrix = files.tensor(name).shape().size() == 2;
                matrices += matrix ? size : 0;
                other += matrix ? 0 : size;
            }
        }
        long adapter = inFloat32 - (matrices + other) * Float.BYTES;
        assertThat(adapter).as("the adapter in float32").isPositive();
        double expected = matrices * format.bytesPerWeight() + other * Float.BYTES + adapter;
        // Rows are filled up to whole panels, which are as wide as two vectors.
        assertThat((double) weightBytes(quantised)).isBetween(expected, 1.2 * expected);
    }

    private static long weightBytes(Path model) {
        try (Workers workers = new Workers(1);
                DecoderPolicy policy = DecoderPolicy.adapt(model, LORA, 1, workers)) {
            return policy.weightBytes();
        }
    }

    /** The gradients of two steps and what was learned in them. */
    private static List<float[]> train(
            Golden golden, Path model, PeftConfig adapter, Objective objective, TrainingOptions options, int threads) {
        List<float[]> seen = new ArrayList<>();
        try (Workers workers = new Workers(threads);
                DecoderPolicy policy = DecoderPolicy.adapt(model, adapter, 1, options, workers);
                Optimizer optimizer =
                        OptimizerConfig.RmsPropConfig.withDefaults().create(policy.parameters(), workers)) {
            for (int step = 0; step < 2; step++) {
                policy.reseed(step);
                GoldenPolicyTest.accumulate(policy, objective, golden.batch());
                for (Parameter parameter : policy.parameters()) {
                    seen.add(parameter.gradient().toArray(ValueLayout.JAVA_FLOAT));
                }
                optimizer.step(1e-2, 1);
                policy.clearGradients();
            }
            for (Parameter parameter : policy.parameters()) {
                seen.add(parameter.value().toArray(ValueLayout.JAVA_FLOAT));
            }
        }
        return seen;
    }

    private static void assertSame(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).as("array %s", i).containsExactly(expected.get(i));
        }
    }

    private Path quantised(Golden golden, ElementType type) {
        Path quantised = temp.resolve("quantised");
        new Quantiser(type).quantise(golden.model(), quantised);
        return quantised;
    }

    private Path inFloat32(Path model) {
        return Float32Copy.of(model, temp.resolve("floats"));
    }
}
