package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.optimizer.Optimizer;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.checkpoint.PublishedPeftReader;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters against PEFT's definition, computed in float64 with the adapted weights written out. */
class LowRankAdapterTest {
    private static final PeftConfig ALL = PeftConfig.of(3, 5, new PeftTargets.AllLinear());

    private final Workers workers = new Workers(2);
    private final Random random = new Random(7);
    private ObjectNode config;
    private Map<String, float[]> weights;
    private List<Sequence> sequences;

    @TempDir
    Path folder;

    @BeforeEach
    void makeModel() throws IOException {
        make("llama");
    }

    @AfterEach
    void release() {
        workers.close();
    }

    private void make(String modelType) throws IOException {
        config = RandomModels.config(modelType, random);
        weights = RandomModels.weights(config, random);
        RandomModels.write(base(), config, weights);
        int longest = Math.min(20, DecoderConfig.of(config, "config.json").contextLength());
        int[] ids = RandomModels.tokens(config, longest, random);
        int[] labels = ids.clone();
        Arrays.fill(labels, 0, longest / 2, Sequence.IGNORE);
        sequences = List.of(new Sequence(ids, labels));
    }

    private Path base() throws IOException {
        return Files.createDirectories(folder.resolve("base"));
    }

    static Stream<Arguments> adapters() {
        return Stream.of("llama", "gpt2", "phi3", "mixtral", "gemma2", "qwen2")
                .flatMap(type -> Stream.of(ALL, ALL.withRslora(true), ALL.withDora(true))
                        .map(adapter -> Arguments.arguments(type, adapter)));
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void scoresAndGradientsAreThoseOfTheAdaptedWeights(String modelType, PeftConfig adapter) throws IOException {
        make(modelType);
        for (Objective objective : List.of(new SupervisedFineTuning(), IntuitiveFineTuning.of(0.3, 0.9))) {
            try (DecoderPolicy policy = DecoderPolicy.adapt(base(), adapter, 1, workers)) {
                disturb(policy);
                GoldenPolicyTest.accumulate(policy, objective, sequences);
                Map<String, double[]> factors = factors(policy);
                Map<String, double[]> norms = adapter.useDora() ? norms(policy, factors) : Map.of();
                double lambda =
                        objective.residual().map(residual -> residual.lambda()).orElse(0.0);
                double[] logps = RandomDecoderTest.logps(adapted(policy, factors, norms), sequences.getFirst(), lambda);
                SequenceScore score =
                        policy.score(sequences, OptionalLambda.of(lambda)).getFirst();
                for (int t = 0; t < logps.length; t++) {
                    assertThat(score.logps()[t]).isCloseTo(logps[t], within(5e-5 * (1 + Math.abs(logps[t]))));
                }
                for (Parameter parameter : policy.parameters()) {
                    int i = random.nextInt((int) parameter.size());
                    double difference = difference(policy, objective, factors, norms, parameter.name(), i);
                    assertThat((double) parameter.gradient().getAtIndex(ValueLayout.JAVA_FLOAT, i))
                            .as("%s[%s] of %s by %s", parameter.name(), i, config, objective)
                            .isCloseTo(difference, within(2e-4 + 1e-3 * Math.abs(difference)));
                }
            }
        }
    }

    /** A new adapter changes nothing; only a disturbed one does, so that the comparison above sees it. */
    @Test
    void aNewAdapterChangesNothing() throws IOException {
        for (PeftConfig adapter : List.of(ALL, ALL.withDora(true))) {
            try (DecoderPolicy plain = DecoderPolicy.load(base(), workers);
                    DecoderPolicy policy = DecoderPolicy.adapt(base(), adapter, 1, workers)) {
                double[] expected =
                        plain.score(sequences, OptionalLambda.NONE).getFirst().logps();
                assertThat(logps(policy)).containsExactly(expected, within(1e-5));
                disturb(policy);
                assertThat(distance(logps(policy), expected)).isGreaterThan(1e-2);
            }
        }
    }

    @Test
    void onlyTheAdapterLearnsAndTheBaseStaysAsItIs() throws IOException {
        byte[] before = Files.readAllBytes(base().resolve("model.safetensors"));
        PeftConfig adapter = PeftConfig.of(2, 4, PeftTargets.Named.of("q_proj", "down_proj"));
        try (DecoderPolicy policy = DecoderPolicy.adapt(base(), adapter, 1, workers);
                Optimizer optimizer =
                        OptimizerConfig.RmsPropConfig.withDefaults().create(policy.parameters(), workers)) {
            assertThat(policy.parameters())
                    .allSatisfy(parameter -> assertThat(parameter.name())
                            .matches("base_model\\.model\\.model\\.layers\\.\\d+\\.(self_attn\\.q_proj|mlp\\.down_proj)"
                                    + "\\.lora_[AB]\\.weight"));
            double first = GoldenPolicyTest.accumulate(policy, IntuitiveFineTuning.of(0.2, 0.95), sequences);
            double last = first;
            for (int step = 0; step < 20; step++) {
                optimizer.step(1e-2, 1);
                policy.clearGradients();
                last = GoldenPolicyTest.accumulate(policy, IntuitiveFineTuning.of(0.2, 0.95), sequences);
            }
            assertThat(last).isLessThan(first);
        }
        assertThat(Files.readAllBytes(base().resolve("model.safetensors"))).isEqualTo(before);
    }

    @Test
    void bothPassesAndTheBackwardPassLeaveOutTheSameInputs() throws IOException {
        PeftConfig adapter = ALL.withDropout(0.5);
        for (String modelType : List.of("llama", "mixtral")) {
            make(modelType);
            try (DecoderPolicy policy = DecoderPolicy.adapt(base(), adapter, 1, workers)) {
                disturb(policy);
                double[] one = dropped(policy, OptionalLambda.NONE, 5);
                // So little is mixed in that the second pass has the inputs of the first.
                assertThat(dropped(policy, OptionalLambda.of(1e-30), 5)).containsExactly(one);
                assertThat(dropped(policy, OptionalLambda.NONE, 6)).isNotEqualTo(one);
                assertThat(logps(policy)).as("nothing is left out in scoring").isNotEqualTo(one);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientsUnderDropoutAreDifferencesUnderTheSameDropout(boolean dora) throws IOException {
        try (DecoderPolicy policy =
                DecoderPolicy.adapt(base(), ALL.withDropout(0.3).withDora(dora), 1, workers)) {
            disturb(policy);
            loss(policy);
            for (Parameter parameter : policy.parameters()) {
                if (dora && !parameter.name().endsWith("lora_magnitude_vector")) {
                    continue; // the norm is a constant to the gradients of A and B, not to their differences
                }
                int i = random.nextInt((int) parameter.size());
                double gradient = parameter.gradient().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                float before = parameter.get(i);
                float step = 1e-2f;
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, before + step);
                double above = lossAlone(policy);
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, before - step);
                double below = lossAlone(policy);
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, before);
                double difference = (above - below) / (2 * step);
                assertThat(gradient)
                        .as("%s[%s]", parameter.name(), i)
                        .isCloseTo(difference, within(2e-3 + 2e-2 * Math.abs(difference)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void servingEqualsScoringAndMergingEqualsServing(String modelType, PeftConfig adapter) throws IOException {
        make(modelType);
        // Some scalings rotate a prompt in another way than the whole sequence.
        config.remove(List.of("rope_scaling", "rope_parameters"));
        config.put("max_position_embeddings", 64);
        RandomModels.write(base(), config, weights);
        Path saved = folder.resolve("adapter");
        double[] expected;
        try (DecoderPolicy policy = DecoderPolicy.adapt(base(), adapter, 1, workers)) {
            disturb(policy);
            expected = logps(policy);
            PeftWriter.plain().write(saved, policy.adapter().orElseThrow());
        }
        try (DecoderPolicy frozen = DecoderPolicy.frozen(base(), Optional.of(saved), workers)) {
            assertThat(frozen.parameters()).isEmpty();
            assertThat(logps(frozen)).containsExactly(expected);
        }
        Sequence sequence = sequences.getFirst();
        try (Decoder decoder = Decoder.load(base(), Optional.of(saved), workers);
                TokenModel.Context context = decoder.newContext()) {
            float[] logits = new float[decoder.vocabularySize()];
            int first = sequence.firstLabel();
            context.append(Arrays.copyOf(sequence.inputIds(), first), logits);
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp((double) logit - logits[0]);
            }
            double logp = logits[sequence.labels()[first]] - logits[0] - Math.log(sum);
            assertThat(logp).isCloseTo(expected[first], within(1e-5 * (1 + Math.abs(expected[first]))));
        }
        ModelMerger merger = new ModelMerger(ElementType.F32, false, workers);
        ModelMerger.Result result = merger.merge(base(), saved, folder.resolve("merged"));
        assertThat(result.layers()).isPositive();
        assertThat(result.difference()).isLessThanOrEqualTo(1e-5);
    }

    /** What is written means to PEFT what it means here. */
    @ParameterizedTest
    @MethodSource("adapters")
    void theWrittenFolderReadByPeftsFormatGivesTheSameScores(String modelType, PeftConfig adapter) throws IOException {
        make(modelType);
        Path saved = folder.resolve("adapter");
        try (DecoderPolicy policy = DecoderPolicy.adapt(base(), adapter, 1, workers)) {
            disturb(policy);
            PeftWriter.plain().write(saved, policy.adapter().orElseThrow());
            PublishedPeftReader read = PublishedPeftReader.read(saved);
            assertThat(read.config().path("r").intValue()).isEqualTo(3);
            assertThat(read.config().path("lora_alpha").doubleValue()).isEqualTo(5);
            assertThat(read.config().path("use_rslora").booleanValue()).isEqualTo(adapter.useRslora());
            assertThat(read.config().path("use_dora").booleanValue()).isEqualTo(adapter.useDora());
            assertThat(read.config().path("fan_in_fan_out").booleanValue()).isEqualTo(modelType.equals("gpt2"));
            Map<String, double[]> factors = RandomModels.inFloat64(read.values());
            Map<String, double[]> norms = adapter.useDora() ? norms(policy, factors) : Map.of();
            double[] expected = RandomDecoderTest.logps(adapted(policy, factors, norms), sequences.getFirst(), 0);
            double[] actual = logps(policy);
            for (int t = 0; t < expected.length; t++) {
                assertThat(actual[t]).isCloseTo(expected[t], within(5e-5 * (1 + Math.abs(expected[t]))));
            }
        }
    }

    @Test
    void anAdapterOfAnotherModelIsRefused() throws IOException {
        Path saved = folder.resolve("adapter");
        try (DecoderPolicy policy = DecoderPolicy.adapt(base(), ALL, 1, workers)) {
            PeftWriter.plain().write(saved, policy.adapter().orElseThrow());
        }
        Path other = Files.createDirectories(folder.resolve("other"));
        ObjectNode otherConfig = RandomModels.config("gpt2", random);
        RandomModels.write(other, otherConfig, RandomModels.weights(otherConfig, random));
        assertThatThrownBy(() -> Decoder.load(other, Optional.of(saved), workers))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("belongs to another model");
    }

    @Test
    void targetsThatNoLayerIsCalledAreRefusedWithTheNamesThatThereAre() throws IOException {
        PeftConfig adapter = PeftConfig.of(2, 4, PeftTargets.Named.of("c_attn"));
        Path model = base();
        assertThatThrownBy(() -> DecoderPolicy.adapt(model, adapter, 1, workers))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("c_attn")
                .hasMessageContaining("q_proj");
    }

    /** A random adapter in place of a new one, which changes nothing. */
    private void disturb(DecoderPolicy policy) {
        for (Parameter parameter : policy.parameters()) {
            for (long i = 0; i < parameter.size(); i++) {
                float moved = (float) (parameter.get(i) + 0.2 * random.nextGaussian());
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, moved);
            }
        }
    }

    private double[] logps(DecoderPolicy policy) {
        return policy.score(sequences, OptionalLambda.NONE).getFirst().logps();
    }

    private double[] dropped(DecoderPolicy policy, OptionalLambda lambda, long seed) {
        double[][] logps = new double[1][];
        policy.reseed(seed);
        policy.accumulate(List.of(sequences), lambda, (group, scores) -> {
            logps[0] = scores.getFirst().logps();
            return List.of();
        });
        return logps[0];
    }

    private double loss(DecoderPolicy policy) {
        policy.reseed(3);
        return GoldenPolicyTest.accumulate(policy, new SupervisedFineTuning(), sequences);
    }

    private double lossAlone(DecoderPolicy policy) {
        double[] logps = dropped(policy, OptionalLambda.NONE, 3);
        SequenceScore score = new SequenceScore(sequences.getFirst(), logps, new int[logps.length]);
        return new SupervisedFineTuning().evaluate(List.of(score)).loss();
    }

    private static Map<String, double[]> factors(DecoderPolicy policy) {
        Map<String, double[]> factors = new HashMap<>();
        policy.parameters().forEach(parameter -> factors.put(parameter.name(), GoldenPolicyTest.value(parameter)));
        return factors;
    }

    private double difference(
            DecoderPolicy policy,
            Objective objective,
            Map<String, double[]> factors,
            Map<String, double[]> norms,
            String name,
            int i) {
        double step = 1e-5;
        double[] values = factors.get(name);
        double before = values[i];
        values[i] = before + step;
        double above = RandomDecoderTest.loss(adapted(policy, factors, norms), objective, sequences);
        values[i] = before - step;
        double below = RandomDecoderTest.loss(adapted(policy, factors, norms), objective, sequences);
        values[i] = before;
        return (above - below) / (2 * step);
    }

    /** The norm of each output's weights, which PEFT takes for constants. */
    private Map<String, double[]> norms(DecoderPolicy policy, Map<String, double[]> factors) {
        Map<String, double[]> norms = new HashMap<>();
        policy.adapter().orElseThrow().modules().forEach((module, shape) -> {
            double[] weight = changed(policy, module, factors);
            double[] norm = new double[shape.outputs()];
            for (int out = 0; out < norm.length; out++) {
                for (int in = 0; in < shape.inputs(); in++) {
                    double value = weight[index(out, in, shape.outputs(), shape.inputs())];
                    norm[out] += value * value;
                }
                norm[out] = Math.sqrt(norm[out]);
            }
            norms.put(module, norm);
        });
        return norms;
    }

    /** The model with W + scale · B · A in place of W, times magnitude / norm with DoRA. */
    private ReferenceDecoder adapted(DecoderPolicy policy, Map<String, double[]> factors, Map<String, double[]> norms) {
        Map<String, double[]> all = new HashMap<>(RandomModels.inFloat64(weights));
        policy.adapter().orElseThrow().modules().forEach((module, shape) -> {
            double[] weight = changed(policy, module, factors);
            double[] magnitude = factors.get("base_model.model." + module + ".lora_magnitude_vector");
            if (magnitude != null) {
                for (int out = 0; out < shape.outputs(); out++) {
                    for (int in = 0; in < shape.inputs(); in++) {
                        weight[index(out, in, shape.outputs(), shape.inputs())] *=
                                magnitude[out] / norms.get(module)[out];
                    }
                }
            }
            all.put(tensor(module), weight);
        });
        return new ReferenceDecoder(config, all);
    }

    private double[] changed(DecoderPolicy policy, String module, Map<String, double[]> factors) {
        var adapter = policy.adapter().orElseThrow();
        var shape = adapter.modules().get(module);
        double[] a = factors.get("base_model.model." + module + ".lora_A.weight");
        double[] b = factors.get("base_model.model." + module + ".lora_B.weight");
        double scale = adapter.config().alpha(module)
                / (adapter.config().useRslora() ? Math.sqrt(shape.rank()) : shape.rank());
        double[] weight = RandomModels.inFloat64(Map.of("w", weights.get(tensor(module))))
                .get("w")
                .clone();
        for (int out = 0; out < shape.outputs(); out++) {
            for (int in = 0; in < shape.inputs(); in++) {
                for (int r = 0; r < shape.rank(); r++) {
                    weight[index(out, in, shape.outputs(), shape.inputs())] +=
                            scale * b[out * shape.rank() + r] * a[r * shape.inputs() + in];
                }
            }
        }
        return weight;
    }

    /** The tensor of a module; checkpoints of the bare GPT-2 lack a prefix that adapters have. */
    private String tensor(String module) {
        String name = module + ".weight";
        return weights.containsKey(name) ? name : name.substring(name.indexOf('.') + 1);
    }

    private int index(int out, int in, int outputs, int inputs) {
        boolean transposed = config.path("model_type").asText().equals("gpt2");
        return transposed ? in * outputs + out : out * inputs + in;
    }

    private static double distance(double[] one, double[] other) {
        double distance = 0;
        for (int i = 0; i < one.length; i++) {
            distance = Math.max(distance, Math.abs(one[i] - other[i]));
        }
        return distance;
    }
}
