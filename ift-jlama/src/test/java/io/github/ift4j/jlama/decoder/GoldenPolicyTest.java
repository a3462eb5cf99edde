package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.optimizer.GradientNorm;
import io.github.ift4j.core.optimizer.Optimizer;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The policy against PyTorch's numbers, at the tolerances that float32 admits: PyTorch's own float32 stays within a third of them. */
class GoldenPolicyTest {
    private static final double LAMBDA = 0.2;
    private static final Objective IFT = IntuitiveFineTuning.of(LAMBDA, 0.95);
    private static final Objective SFT = new SupervisedFineTuning();

    private final Workers workers = new Workers(2);

    @AfterEach
    void release() {
        workers.close();
    }

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.Golden#architectures")
    void logitsOfBothPassesAgree(String architecture) {
        Golden golden = new Golden(architecture);
        double[] first = golden.tensor("forward.safetensors", "first_logits");
        double[] second = golden.tensor("forward.safetensors", "second_logits");
        double[] mixed = golden.tensor("forward.safetensors", "mixed_ids");
        int vocabulary = golden.shape("forward.safetensors", "first_logits").getLast();
        for (int s = 0; s < 2; s++) {
            Sequence sequence = golden.batch().get(s);
            int from = s * 24;
            int[] mixedIds = Arrays.stream(mixed, from, from + sequence.length())
                    .mapToInt(id -> (int) id)
                    .toArray();
            float[][] firstPass = RowLogits.of(golden.model(), workers, sequence, sequence.inputIds(), 0);
            float[][] secondPass = RowLogits.of(golden.model(), workers, sequence, mixedIds, (float) LAMBDA);
            for (int t = 0; t < firstPass.length; t++) {
                int at = (from + t) * vocabulary;
                assertClose(firstPass[t], Arrays.copyOfRange(first, at, at + vocabulary));
                assertClose(secondPass[t], Arrays.copyOfRange(second, at, at + vocabulary));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.Golden#architectures")
    void scoresOfBothPassesAgree(String architecture) {
        Golden golden = new Golden(architecture);
        double[] greedy = golden.tensor("forward.safetensors", "greedy");
        List<Sequence> batch = golden.batch();
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), workers)) {
            List<SequenceScore> first = policy.score(batch, OptionalLambda.NONE);
            List<SequenceScore> second = policy.score(batch, OptionalLambda.of(LAMBDA));
            double[] firstLogps = golden.tensor("forward.safetensors", "first_logps");
            double[] secondLogps = golden.tensor("forward.safetensors", "second_logps");
            int compared = 0;
            for (int s = 0; s < batch.size(); s++) {
                for (int t = 1; t < batch.get(s).length(); t++) {
                    if (batch.get(s).isLabelled(t)) {
                        int at = s * 23 + t - 1;
                        assertThat(first.get(s).logps()[t]).isCloseTo(firstLogps[at], within(2e-5));
                        assertThat(second.get(s).logps()[t]).isCloseTo(secondLogps[at], within(2e-5));
                        assertThat(first.get(s).greedy()[t]).isEqualTo((int) greedy[s * 24 + t - 1]);
                        compared++;
                    }
                }
            }
            assertThat(compared).isGreaterThan(20);
        }
    }

    @ParameterizedTest
    @MethodSource("architecturesAndMethods")
    void lossAndGradientNormAgree(String architecture, String method) {
        Golden golden = new Golden(architecture);
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), workers)) {
            double loss = accumulate(policy, objective(method), golden.batch());
            double expectedLoss = golden.expected().get(method + "_loss").doubleValue();
            assertThat(loss).isCloseTo(expectedLoss, within(1e-5 * expectedLoss));
            assertThat(new GradientNorm(policy.parameters(), workers).compute())
                    .isCloseTo(golden.expected().get("grad_norm_" + method).doubleValue(), within(1e-4));
        }
    }

    @ParameterizedTest
    @MethodSource("architecturesAndMethods")
    void gradientsAgree(String architecture, String method) {
        Golden golden = new Golden(architecture);
        List<String> names = new ArrayList<>(golden.names("gradients.safetensors"));
        names.removeIf(name -> !name.startsWith(method + "."));
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), workers)) {
            accumulate(policy, objective(method), golden.batch());
            for (Parameter parameter : policy.parameters()) {
                String name = method + "." + parameter.name();
                assertThat(parameter.hasGradient()).as(name).isEqualTo(names.remove(name));
                if (parameter.hasGradient()) {
                    double[] expected = golden.tensor("gradients.safetensors", name);
                    KeyBias keys = KeyBias.of(parameter, policy.config());
                    assertThat(relativeDistance(keys.removedFrom(gradient(parameter)), keys.removedFrom(expected)))
                            .as(name)
                            .isLessThanOrEqualTo(1e-5);
                    assertThat(keys.of(gradient(parameter))).as(name).containsExactly(keys.of(expected), within(1e-6));
                }
            }
            assertThat(names).as("gradients that no parameter has").isEmpty();
        }
    }

    static Stream<Arguments> architecturesAndMethods() {
        return Golden.architectures()
                .flatMap(architecture -> Stream.of(arguments(architecture, "ift"), arguments(architecture, "sft")));
    }

    static Stream<Arguments> trajectories() {
        Stream<Arguments> ift = Golden.architectures().map(architecture -> arguments(architecture, "ift"));
        return Stream.concat(ift, Stream.of(arguments("llama", "sft")));
    }

    @ParameterizedTest
    @MethodSource("trajectories")
    void tenStepsOfTrainingHaveTheSameLossesAndNorms(String architecture, String method) {
        Golden golden = new Golden(architecture);
        JsonNode expected = golden.expected().get("trajectory").get(method);
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), workers)) {
            List<Step> steps = train(policy, golden, method);
            assertThat(steps).hasSameSizeAs(expected).hasSize(10);
            for (int step = 0; step < steps.size(); step++) {
                double loss = expected.get(step).get("loss").doubleValue();
                double norm = expected.get(step).get("grad_norm").doubleValue();
                assertThat(steps.get(step).loss())
                        .as("loss of step %s", step + 1)
                        .isCloseTo(loss, within(1e-5 * loss));
                assertThat(steps.get(step).gradientNorm())
                        .as("gradient norm of step %s", step + 1)
                        .isCloseTo(norm, within(1e-4 * norm));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("trajectories")
    void tenStepsOfTrainingEndWithTheSameWeights(String architecture, String method) {
        Golden golden = new Golden(architecture);
        String after = "after-" + method + ".safetensors";
        List<String> names = golden.names(after);
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), workers)) {
            assertThat(policy.parameters()).extracting(Parameter::name).hasSameElementsAs(names);
            train(policy, golden, method);
            for (Parameter parameter : policy.parameters()) {
                double[] expected = golden.tensor(after, parameter.name());
                KeyBias keys = KeyBias.of(parameter, policy.config());
                assertThat(relativeDistance(keys.removedFrom(value(parameter)), keys.removedFrom(expected)))
                        .as(parameter.name())
                        .isLessThanOrEqualTo(1e-4);
                assertThat(relativeDistance(keys.of(value(parameter)), keys.of(expected)))
                        .as(parameter.name())
                        .isLessThanOrEqualTo(2e-3);
            }
        }
    }

    private record Step(double loss, double gradientNorm) {}

    /** The run that expected.json describes under trajectory. */
    private List<Step> train(DecoderPolicy policy, Golden golden, String method) {
        List<Sequence> examples = golden.examples();
        List<Step> steps = new ArrayList<>();
        try (Optimizer optimizer = OptimizerConfig.RmsPropConfig.withDefaults().create(policy.parameters(), workers)) {
            GradientNorm norm = new GradientNorm(policy.parameters(), workers);
            for (JsonNode described : golden.expected().get("trajectory").get(method)) {
                int first = steps.size() * 4;
                List<Sequence> batch = IntStream.range(first, first + 4)
                        .mapToObj(i -> examples.get(i % examples.size()))
                        .toList();
                policy.clearGradients();
                Step step = new Step(accumulate(policy, objective(method), batch), norm.compute());
                optimizer.step(described.get("lr").doubleValue(), GradientNorm.clipScale(step.gradientNorm(), 1.0));
                steps.add(step);
            }
        }
        return steps;
    }

    private static Objective objective(String method) {
        return method.equals("ift") ? IFT : SFT;
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3"})
    void aChangedWeightIsSeen(String architecture) {
        Golden golden = new Golden(architecture);
        try (DecoderPolicy policy = DecoderPolicy.load(golden.model(), workers)) {
            Parameter weight = policy.parameters().get(2);
            weight.value().setAtIndex(ValueLayout.JAVA_FLOAT, 0, weight.get(0) + 0.05f);
            accumulate(policy, IFT, golden.batch());
            double[] expected = golden.tensor("gradients.safetensors", "ift." + weight.name());
            assertThat(relativeDistance(gradient(weight), expected)).isGreaterThan(1e-4);
        }
    }

    /** Adds the gradient of the mean loss and returns that loss. */
    static double accumulate(Policy policy, Objective objective, List<Sequence> batch) {
        double[] loss = new double[1];
        OptionalLambda lambda = objective
                .residual()
                .map(residual -> OptionalLambda.of(residual.lambda()))
                .orElse(OptionalLambda.NONE);
        policy.accumulate(batch.stream().map(List::of).toList(), lambda, (group, scores) -> {
            Objective.Evaluation evaluation = objective.evaluate(scores);
            loss[0] += evaluation.loss() / batch.size();
            return evaluation.gradients().stream()
                    .map(gradient -> new SequenceGradient(Arrays.stream(gradient.logps())
                            .map(value -> value / batch.size())
                            .toArray()))
                    .toList();
        });
        return loss[0];
    }

    static double[] gradient(Parameter parameter) {
        return floats(parameter.gradient().toArray(ValueLayout.JAVA_FLOAT));
    }

    static double[] value(Parameter parameter) {
        return floats(parameter.value().toArray(ValueLayout.JAVA_FLOAT));
    }

    private static double[] floats(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    private static double relativeDistance(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        return size == 0 ? Math.sqrt(difference) : Math.sqrt(difference / size);
    }

    /**
     * The part of a parameter that is a bias of keys. Its true gradient is almost zero, because softmax does not see what is added to
     * all scores of a query, so that it consists of rounding, which RMSprop then makes large.
     */
    private record KeyBias(int from, int to) {
        static KeyBias of(Parameter parameter, DecoderConfig config) {
            if (parameter.name().endsWith("k_proj.bias")) {
                return new KeyBias(0, (int) parameter.size());
            }
            int width = config.attention().queryWidth();
            return parameter.name().endsWith("c_attn.bias") ? new KeyBias(width, 2 * width) : new KeyBias(0, 0);
        }

        double[] of(double[] values) {
            return Arrays.copyOfRange(values, from, to);
        }

        double[] removedFrom(double[] values) {
            double[] rest = Arrays.copyOf(values, values.length - (to - from));
            System.arraycopy(values, to, rest, from, values.length - to);
            return rest;
        }
    }

    private static void assertClose(float[] logits, double[] expected) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) logits[i]).isCloseTo(expected[i], within(1e-5 * largest));
        }
    }
}
