package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random configurations against the plain float64 forward pass, and their gradients against its differences. */
class ReferenceLlamaTest {
    private final Workers workers = new Workers(2);

    @AfterEach
    void release() {
        workers.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void scoresEqualTheReference(long seed) {
        Random random = new Random(seed);
        DecoderConfig config = RandomLlama.config(random);
        try (DecoderPolicy policy = RandomLlama.policy(config, random, workers)) {
            ReferenceLlama reference = RandomLlama.reference(policy);
            List<Sequence> sequences = RandomLlama.sequences(config, random, 3);
            for (double lambda : new double[] {0, 0.3}) {
                List<SequenceScore> scores = policy.score(sequences, OptionalLambda.of(lambda));
                for (SequenceScore score : scores) {
                    double[] expected = logps(reference, score.sequence(), lambda);
                    for (int t = 0; t < expected.length; t++) {
                        assertThat(score.logps()[t]).as("%s at %s", config, t).isCloseTo(expected[t], within(2e-5));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26})
    void gradientsEqualTheReferencesDifferences(long seed) {
        Random random = new Random(seed);
        DecoderConfig config = RandomLlama.config(random);
        for (Objective objective : new Objective[] {new SupervisedFineTuning(), IntuitiveFineTuning.of(0.3, 0.9)}) {
            try (DecoderPolicy policy = RandomLlama.policy(config, random, workers)) {
                ReferenceLlama reference = RandomLlama.reference(policy);
                List<Sequence> sequences = RandomLlama.sequences(config, random, 2);
                GoldenPolicyTest.accumulate(policy, objective, sequences);
                for (Parameter parameter : policy.parameters()) {
                    if (!parameter.hasGradient() || objective.residual().isPresent() && isEmbedding(parameter)) {
                        continue;
                    }
                    double[] gradient = GoldenPolicyTest.gradient(parameter);
                    double[] weights = reference.weights().get(parameter.name());
                    for (int probe = 0; probe < 3; probe++) {
                        int i = random.nextInt(weights.length);
                        double difference = difference(reference, objective, sequences, weights, i);
                        assertThat(gradient[i])
                                .as("%s[%s] of %s by %s", parameter.name(), i, config, objective)
                                .isCloseTo(difference, within(2e-5 + 2e-4 * Math.abs(difference)));
                    }
                }
            }
        }
    }

    /** In IFT a tied embedding is at once a constant in the mix and the head; its gradient has golden numbers instead. */
    private static boolean isEmbedding(Parameter parameter) {
        return parameter.name().equals("model.embed_tokens.weight");
    }

    private static double difference(
            ReferenceLlama reference, Objective objective, List<Sequence> sequences, double[] weights, int i) {
        double step = 1e-6;
        double before = weights[i];
        weights[i] = before + step;
        double above = loss(reference, objective, sequences);
        weights[i] = before - step;
        double below = loss(reference, objective, sequences);
        weights[i] = before;
        return (above - below) / (2 * step);
    }

    private static double loss(ReferenceLlama reference, Objective objective, List<Sequence> sequences) {
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
    private static double[] logps(ReferenceLlama reference, Sequence sequence, double lambda) {
        int length = sequence.length();
        double[][] embedded = new double[length][];
        for (int p = 0; p < length; p++) {
            embedded[p] = reference.embed(sequence.inputIds()[p]);
        }
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
                double sum = 0;
                for (double logit : logits[t - 1]) {
                    sum += Math.exp(logit);
                }
                logps[t] = logits[t - 1][sequence.labels()[t]] - Math.log(sum);
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
}
