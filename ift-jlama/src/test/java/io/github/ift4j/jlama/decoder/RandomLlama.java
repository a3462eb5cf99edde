package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small Llamas and sequences made from a seed, in sizes that fit no vector. */
final class RandomLlama {
    private RandomLlama() {}

    static DecoderConfig config(Random random) {
        int kvHeads = 1 + random.nextInt(3);
        RopeScaling scaling = List.of(
                        new RopeScaling.None(),
                        new RopeScaling.Linear(1 + 3 * random.nextDouble()),
                        new RopeScaling.Llama3(4, 1, 4, 16))
                .get(random.nextInt(3));
        return new DecoderConfig(
                5 + random.nextInt(60),
                3 + random.nextInt(30),
                2 + random.nextInt(40),
                1 + random.nextInt(3),
                kvHeads * (1 + random.nextInt(3)),
                kvHeads,
                2 * (1 + random.nextInt(10)),
                64,
                1e-5f,
                random.nextBoolean() ? 10_000 : 100,
                scaling,
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextBoolean());
    }

    /** Weights large enough that every part of the network matters; norms and biases are random too. */
    static DecoderPolicy policy(DecoderConfig config, Random random, Workers workers) {
        DecoderPolicy policy =
                DecoderPolicy.initialise(config, new WeightInitialiser(random.nextLong(), 0.25f), workers);
        for (Parameter parameter : policy.parameters()) {
            for (long i = 0; parameter.shape().size() == 1 && i < parameter.size(); i++) {
                float moved = (float) (parameter.get(i) + 0.3 * random.nextGaussian());
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, moved);
            }
        }
        return policy;
    }

    static ReferenceLlama reference(DecoderPolicy policy) {
        Map<String, double[]> weights = new HashMap<>();
        policy.parameters().forEach(parameter -> weights.put(parameter.name(), GoldenPolicyTest.value(parameter)));
        return new ReferenceLlama(policy.config(), weights);
    }

    /** Sequences with one or several answers, an unlabelled tail now and then. */
    static List<Sequence> sequences(DecoderConfig config, Random random, int count) {
        List<Sequence> sequences = new ArrayList<>();
        for (int s = 0; s < count; s++) {
            int[] ids = random.ints(2 + random.nextInt(12), 0, config.vocabularySize())
                    .toArray();
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
