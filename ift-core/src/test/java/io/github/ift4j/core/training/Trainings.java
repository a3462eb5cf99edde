package io.github.ift4j.core.training;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.BigramPolicy;
import io.github.ift4j.core.policy.Policy;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Small data and models for trainings. */
final class Trainings {
    static final int VOCABULARY = 11;

    private Trainings() {}

    static BigramPolicy policy() {
        return new BigramPolicy(VOCABULARY, 5, 17);
    }

    /** Sequences in which a token is mostly followed by its successor, with gaps between the labels. */
    static Dataset dataset(int examples) {
        SplittableRandom random = new SplittableRandom(23);
        List<Example> list = new ArrayList<>();
        for (int i = 0; i < examples; i++) {
            int length = random.nextInt(4, 12);
            int[] ids = new int[length];
            int[] labels = new int[length];
            ids[0] = random.nextInt(VOCABULARY);
            labels[0] = Sequence.IGNORE;
            for (int t = 1; t < length; t++) {
                ids[t] = random.nextInt(5) == 0 ? random.nextInt(VOCABULARY) : (ids[t - 1] + 1) % VOCABULARY;
                labels[t] = t > 1 && random.nextInt(3) > 0 || t == length - 1 ? ids[t] : Sequence.IGNORE;
            }
            list.add(Example.of(new Sequence(ids, labels), "toy:" + (i + 1)));
        }
        return Dataset.of(list);
    }

    /** Pairs of them, of which the second is the worse or comes from another example. */
    static Dataset pairs(int examples, boolean rated) {
        List<Example> sequences = dataset(2 * examples).examples();
        List<Example> pairs = new ArrayList<>();
        for (int i = 0; i < examples; i++) {
            Sequence first = sequences.get(2 * i).sequences().getFirst();
            Sequence second = sequences.get(2 * i + 1).sequences().getFirst();
            pairs.add(new Example(
                    List.of(
                            rated ? first.withDesirable(i % 3 > 0) : first,
                            rated ? second : second.withDesirable(false)),
                    "pair:" + (i + 1)));
        }
        return Dataset.of(pairs);
    }

    static List<float[]> weights(Policy policy) {
        return policy.parameters().stream()
                .map(parameter -> parameter.value().toArray(ValueLayout.JAVA_FLOAT))
                .toList();
    }

    /** The bits of all weights, to be compared exactly. */
    static List<Integer> bits(Policy policy) {
        List<Integer> bits = new ArrayList<>();
        for (float[] tensor : weights(policy)) {
            for (float weight : tensor) {
                bits.add(Float.floatToRawIntBits(weight));
            }
        }
        return bits;
    }

    /** Keeps what a training reports. */
    static final class Recorder implements TrainingListener {
        final List<StepMetrics> steps = new ArrayList<>();
        final List<String> notices = new ArrayList<>();

        @Override
        public void onStep(StepMetrics metrics) {
            steps.add(metrics);
        }

        @Override
        public void onNotice(String notice) {
            notices.add(notice);
        }

        List<Double> losses() {
            return steps.stream().map(StepMetrics::loss).toList();
        }
    }
}
