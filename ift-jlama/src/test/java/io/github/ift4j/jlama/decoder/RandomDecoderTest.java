package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Random models of every architecture against the plain float64 forward pass, and their gradients against its differences. */
class RandomDecoderTest {
    private static final int SEEDS = Integer.getInteger("ift.random.models", 8);
    private static final int GRADIENT_SEEDS = Math.max(2, SEEDS / 4);
    private static final int PROBES = 2;
    /** Float32 after a few layers, relative to the largest logit. */
    private static final double FLOAT32 = 2e-5;

    private final Workers workers = new Workers(2);

    @TempDir
    Path folder;

    @AfterEach
    void release() {
        workers.close();
    }

    static Stream<Arguments> models() {
        return seeded(1, SEEDS);
    }

    static Stream<Arguments> differentiated() {
        return seeded(1000, GRADIENT_SEEDS);
    }

    private static Stream<Arguments> seeded(int first, int count) {
        return RandomModels.MODEL_TYPES.stream()
                .flatMap(type ->
                        IntStream.range(first, first + count).mapToObj(seed -> Arguments.arguments(type, (long) seed)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void scoresEqualTheReferences(String modelType, long seed) throws IOException {
        Random random = new Random(seed);
        ObjectNode config = RandomModels.config(modelType, random);
        Map<String, float[]> weights = RandomModels.weights(config, random);
        RandomModels.write(folder, config, weights);
        ReferenceDecoder reference = new ReferenceDecoder(config, RandomModels.inFloat64(weights));
        try (DecoderPolicy policy = DecoderPolicy.load(folder, workers)) {
            List<Sequence> sequences = sequences(config, policy.config().contextLength(), random, 3);
            for (double lambda : new double[] {0, 0.3}) {
                for (SequenceScore score : policy.score(sequences, OptionalLambda.of(lambda))) {
                    double[] expected = logps(reference, score.sequence(), lambda);
                    for (int t = 0; t < expected.length; t++) {
                        assertThat(score.logps()[t])
                                .as("%s at %s", config, t)
                                .isCloseTo(expected[t], within(FLOAT32 * (1 + Math.abs(expected[t]))));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void servingEqualsTrainingBitForBitHoweverTheTokensAreDivided(String modelType, long seed) throws IOException {
        Random random = new Random(seed);
        ObjectNode config = RandomModels.config(modelType, random);
        RandomModels.write(folder, config, RandomModels.weights(config, random));
        int longest = DecoderConfig.of(config, "config.json").contextLength();
        int[] ids = RandomModels.tokens(config, Math.min(longest, 24), random);
        try (Decoder decoder = Decoder.load(folder, workers);
                RotaryTables rotary = new RotaryTables(decoder.config());
                TokenModel.Context context = decoder.newContext()) {
            float[] logits = new float[decoder.vocabularySize()];
            float[] whole = new float[decoder.vocabularySize()];
            for (int fed = 0, next; fed < ids.length; fed = next) {
                next = Math.min(ids.length, fed + 1 + random.nextInt(7));
                context.append(Arrays.copyOfRange(ids, fed, next), logits);
                try (TokenModel.Context other = decoder.newContext()) {
                    other.append(Arrays.copyOf(ids, next), whole);
                }
                assertThat(logits).as("%s, %s tokens", config, next).containsExactly(whole);
                // A training sequence counts its last label as a position, on which the rotation may depend.
                if (next < ids.length && rotary.alike(next, next + 1)) {
                    int[] sequence = Arrays.copyOf(ids, next + 1);
                    float[][] trained = RowLogits.of(folder, workers, learned(sequence), sequence, 0);
                    assertThat(logits).as("%s, %s tokens", config, next).containsExactly(trained[next - 1]);
                }
            }
        }
    }

    private static Sequence learned(int[] ids) {
        return new Sequence(ids, ids);
    }

    @ParameterizedTest
    @MethodSource("differentiated")
    void gradientsEqualTheReferencesDifferences(String modelType, long seed) throws IOException {
        Random random = new Random(seed);
        ObjectNode config = RandomModels.config(modelType, random);
        Map<String, float[]> weights = RandomModels.weights(config, random);
        RandomModels.write(folder, config, weights);
        List<Sequence> sequences =
                sequences(config, DecoderConfig.of(config, "config.json").contextLength(), random, 2);
        for (Objective objective : List.of(new SupervisedFineTuning(), IntuitiveFineTuning.of(0.3, 0.9))) {
            Map<String, double[]> wide = RandomModels.inFloat64(weights);
            ReferenceDecoder reference = new ReferenceDecoder(config, wide);
            try (DecoderPolicy policy = DecoderPolicy.load(folder, workers)) {
                GoldenPolicyTest.accumulate(policy, objective, sequences);
                double norm = Math.sqrt(policy.parameters().stream()
                        .mapToDouble(RandomDecoderTest::squares)
                        .sum());
                for (Parameter parameter : policy.parameters()) {
                    if (objective.residual().isPresent() && isEmbedding(parameter)) {
                        continue;
                    }
                    double[] gradient = GoldenPolicyTest.gradient(parameter);
                    for (int probe = 0; probe < PROBES; probe++) {
                        int i = random.nextInt(gradient.length);
                        double difference = difference(reference, objective, sequences, wide.get(parameter.name()), i);
                        assertThat(gradient[i])
                                .as("%s[%s] of %s by %s", parameter.name(), i, config, objective)
                                .isCloseTo(difference, within(2e-5 * norm + 2e-4 * Math.abs(difference)));
                    }
                }
            }
        }
    }

    private static double squares(Parameter parameter) {
        return Arrays.stream(GoldenPolicyTest.gradient(parameter))
                .map(value -> value * value)
                .sum();
    }

    /** In IFT a tied embedding is at once a constant in the mix and the head; its gradient has golden numbers instead. */
    private static boolean isEmbedding(Parameter parameter) {
        return parameter.name().endsWith("embed_tokens.weight")
                || parameter.name().endsWith("wte.weight");
    }

    private static double difference(
            ReferenceDecoder reference, Objective objective, List<Sequence> sequences, double[] weights, int i) {
        double step = 1e-6;
        double before = weights[i];
        weights[i] = before + step;
        double above = loss(reference, objective, sequences);
        weights[i] = before - step;
        double below = loss(reference, objective, sequences);
        weights[i] = before;
        return (above - below) / (2 * step);
    }

    static double loss(ReferenceDecoder reference, Objective objective, List<Sequence> sequences) {
        double lambda = objective.residual().map(residual -> residual.lambda()).orElse(0.0);
        double loss = 0;
        for (Sequence sequence : sequences) {
            double[] logps = logps(reference, sequence, lambda);
            SequenceScore score = new SequenceScore(sequence, logps, new int[logps.length]);
            loss += objective.evaluate(List.of(score)).loss() / sequences.size();
        }
        return loss;
    }

    /** Both passes of the temporal residual connection, written out. */
    static double[] logps(ReferenceDecoder reference, Sequence sequence, double lambda) {
        int length = sequence.length();
        double[][] embedded = reference.embed(sequence.inputIds());
        if (lambda > 0) {
            double[][] first = reference.logits(embedded);
            for (int p = 1; p < length; p++) {
                if (sequence.isLabelled(p)) {
                    double[] greedy = reference.embed(argmax(first[p - 1]));
                    for (int i = 0; i < greedy.length; i++) {
                        embedded[p][i] = (1 - lambda) * embedded[p][i] + lambda * greedy[i];
                    }
                }
            }
        }
        double[][] logits = reference.logits(embedded);
        double[] logps = new double[length];
        for (int t = 1; t < length; t++) {
            if (sequence.isLabelled(t)) {
                double greatest = Arrays.stream(logits[t - 1]).max().orElseThrow();
                double sum = 0;
                for (double logit : logits[t - 1]) {
                    sum += Math.exp(logit - greatest);
                }
                logps[t] = logits[t - 1][sequence.labels()[t]] - greatest - Math.log(sum);
            }
        }
        return logps;
    }

    private static int argmax(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    /** Sequences with one or several answers, an unlabelled tail now and then. */
    private static List<Sequence> sequences(ObjectNode config, int longest, Random random, int count) {
        List<Sequence> sequences = new ArrayList<>();
        for (int s = 0; s < count; s++) {
            int[] ids = RandomModels.tokens(config, Math.min(longest, 2 + random.nextInt(24)), random);
            int[] labels = new int[ids.length];
            boolean answer = false;
            for (int t = 0; t < ids.length; t++) {
                answer ^= random.nextInt(4) == 0;
                labels[t] = answer || t == ids.length / 2 + 1 ? ids[t] : Sequence.IGNORE;
            }
            sequences.add(new Sequence(ids, labels));
        }
        return sequences;
    }
}
