package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.DirectPreferenceOptimization;
import io.github.ift4j.core.objective.IdentityPreferenceOptimization;
import io.github.ift4j.core.objective.KahnemanTverskyOptimization;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.Objective.Coupling;
import io.github.ift4j.core.objective.Objective.Reference;
import io.github.ift4j.core.objective.OddsRatioPreferenceOptimization;
import io.github.ift4j.core.objective.SimplePreferenceOptimization;
import io.github.ift4j.core.objective.TokenDirectPreferenceOptimization;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods that compare answers, through a whole decoder. */
class PreferencePolicyTest {
    private static final Golden LLAMA = new Golden("llama");
    private static final PeftConfig ADAPTER = PeftConfig.of(3, 5, new PeftTargets.AllLinear());
    /**
     * Losses of about 1 have a rounding error of about 1e-6 in float32. A step that moves the loss by 1e-3 at least gives the slope to
     * 1e-3.
     */
    private static final double TOLERANCE = 3e-3;

    /** Steps are no longer than this, and move the loss by no more than that, for both are small to the curvature. */
    private static final double LONGEST_STEP = 0.02;

    private static final double LARGEST_CHANGE = 0.02;

    private final Workers workers = new Workers(2);
    private final Random random = new Random(11);

    @AfterEach
    void release() {
        workers.close();
    }

    static List<Objective> methods() {
        return List.of(
                DirectPreferenceOptimization.of(0.3),
                new DirectPreferenceOptimization(0.3, 0.2),
                new IdentityPreferenceOptimization(0.5),
                TokenDirectPreferenceOptimization.first(0.3),
                TokenDirectPreferenceOptimization.second(0.3, 0.7),
                new OddsRatioPreferenceOptimization(0.5),
                new SimplePreferenceOptimization(2, 1.6),
                new KahnemanTverskyOptimization(0.3, 1, 1.5));
    }

    static Stream<Arguments> methodsWithAndWithoutAdapter() {
        return methods().stream()
                .flatMap(method -> Stream.of(Arguments.arguments(method, false), Arguments.arguments(method, true)));
    }

    @ParameterizedTest
    @MethodSource("methodsWithAndWithoutAdapter")
    void gradientsAreDirectionalDerivatives(Objective method, boolean adapted) {
        try (DecoderPolicy policy = policy(adapted)) {
            Comparison comparison = new Comparison(policy, method);
            disturb(policy);
            comparison.accumulate();
            float[][] direction = direction(policy);
            double slope = dot(policy, direction);

            // Central differences of fourth order: the error is the fifth derivative times the fourth power of the
            // step.
            float step = (float) Math.min(LONGEST_STEP, LARGEST_CHANGE / slope);
            double[] losses = new double[4];
            float[] steps = {-2 * step, -step, step, 2 * step};
            for (int i = 0; i < steps.length; i++) {
                move(policy, direction, steps[i]);
                losses[i] = comparison.loss();
                move(policy, direction, -steps[i]);
            }
            double difference = (8 * (losses[2] - losses[1]) - (losses[3] - losses[0])) / (12 * step);

            assertThat(slope).isGreaterThan(0.05);
            assertThat(difference).isCloseTo(slope, within(TOLERANCE * slope));
        }
    }

    /** What the check above would see if the gradient of the divergence were left out. */
    @Test
    void theCheckSeesTheGradientOfTheDivergence() {
        Objective method = TokenDirectPreferenceOptimization.first(0.3);
        try (DecoderPolicy with = policy(false);
                DecoderPolicy without = policy(false)) {
            List<double[]> gradients = new ArrayList<>();
            for (DecoderPolicy policy : List.of(with, without)) {
                Comparison comparison = new Comparison(policy, method);
                random.setSeed(3);
                disturb(policy);
                comparison.takesDivergence = policy == with;
                comparison.accumulate();
                gradients.add(all(policy));
            }
            assertThat(distance(gradients.get(1), gradients.get(0))).isGreaterThan(10 * TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theReferenceIsThePolicyAsItWas(boolean adapted) {
        try (DecoderPolicy policy = policy(adapted)) {
            List<Sequence> batch = LLAMA.batch();
            for (int stage = 0; stage < 2; stage++) {
                List<SequenceScore> before = policy.score(batch, OptionalLambda.NONE);
                policy.holdReference();
                List<SequenceScore> same = scores(policy, batch);
                disturb(policy);
                List<SequenceScore> moved = scores(policy, batch);
                for (int s = 0; s < batch.size(); s++) {
                    assertThat(same.get(s).reference().orElseThrow())
                            .containsExactly(before.get(s).logps());
                    assertThat(same.get(s).logps())
                            .containsExactly(before.get(s).logps());
                    assertThat(same.get(s).kl().orElseThrow()).containsOnly(0);
                    assertThat(moved.get(s).reference().orElseThrow())
                            .containsExactly(before.get(s).logps());
                    assertThat(moved.get(s).sequentialKl()).isPositive();
                }
            }
            policy.releaseReference();
            assertThat(scores(policy, batch)).allSatisfy(score -> {
                assertThat(score.reference()).isEmpty();
                assertThat(score.kl()).isEmpty();
            });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void underANewAdapterTheReferenceIsTheBaseItself(boolean dora) {
        List<Sequence> batch = LLAMA.batch();
        try (DecoderPolicy base = DecoderPolicy.frozen(LLAMA.model(), Optional.empty(), workers);
                DecoderPolicy policy = DecoderPolicy.adapt(LLAMA.model(), ADAPTER.withDora(dora), 1, workers)) {
            policy.holdReference();
            disturb(policy);
            List<SequenceScore> expected = base.score(batch, OptionalLambda.NONE);
            List<SequenceScore> actual = scores(policy, batch);
            for (int s = 0; s < batch.size(); s++) {
                assertThat(actual.get(s).reference().orElseThrow())
                        .containsExactly(expected.get(s).logps());
                assertThat(actual.get(s).logps()).isNotEqualTo(expected.get(s).logps());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {300, 2_000})
    void aVocabularyInChunksGivesTheSameDivergenceAndGradients(long maxLogits) {
        Objective method = TokenDirectPreferenceOptimization.second(0.3, 0.7);
        List<Double> losses = new ArrayList<>();
        List<double[]> gradients = new ArrayList<>();
        for (TrainingOptions options :
                List.of(TrainingOptions.defaults(), TrainingOptions.defaults().withMaxLogits(maxLogits))) {
            try (DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), options, workers)) {
                Comparison comparison = new Comparison(policy, method);
                random.setSeed(3);
                disturb(policy);
                losses.add(comparison.accumulate());
                gradients.add(all(policy));
            }
        }
        assertThat(losses.get(1)).isCloseTo(losses.get(0), within(1e-5));
        assertThat(distance(gradients.get(1), gradients.get(0))).isLessThan(1e-5);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void anyNumberOfThreadsGivesTheSameBits(Objective method) {
        List<double[]> gradients = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers team = new Workers(threads);
                    DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), team)) {
                Comparison comparison = new Comparison(policy, method);
                random.setSeed(3);
                disturb(policy);
                comparison.accumulate();
                gradients.add(all(policy));
            }
        }
        assertThat(gradients.get(1)).containsExactly(gradients.get(0));
    }

    private DecoderPolicy policy(boolean adapted) {
        return adapted
                ? DecoderPolicy.adapt(LLAMA.model(), ADAPTER, 1, workers)
                : DecoderPolicy.load(LLAMA.model(), workers);
    }

    private void disturb(DecoderPolicy policy) {
        for (Parameter parameter : policy.parameters()) {
            for (long i = 0; i < parameter.size(); i++) {
                float moved = parameter.get(i) + 0.02f * (float) random.nextGaussian();
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, moved);
            }
        }
    }

    private static List<SequenceScore> scores(DecoderPolicy policy, List<Sequence> batch) {
        List<SequenceScore> all = new ArrayList<>();
        policy.accumulate(List.of(batch), OptionalLambda.NONE, (group, scores) -> {
            all.addAll(scores);
            return List.of();
        });
        return all;
    }

    /** A random direction that goes up: the gradient with each of its elements scaled at random. */
    private float[][] direction(DecoderPolicy policy) {
        float[][] direction = new float[policy.parameters().size()][];
        double squares = 0;
        for (int p = 0; p < direction.length; p++) {
            direction[p] = policy.parameters().get(p).gradient().toArray(ValueLayout.JAVA_FLOAT);
            for (int i = 0; i < direction[p].length; i++) {
                direction[p][i] *= 0.5f + random.nextFloat();
                squares += direction[p][i] * direction[p][i];
            }
        }
        for (float[] part : direction) {
            for (int i = 0; i < part.length; i++) {
                part[i] /= (float) Math.sqrt(squares);
            }
        }
        return direction;
    }

    private static double dot(DecoderPolicy policy, float[][] direction) {
        double sum = 0;
        for (int p = 0; p < direction.length; p++) {
            double[] gradient = GoldenPolicyTest.gradient(policy.parameters().get(p));
            for (int i = 0; i < gradient.length; i++) {
                sum += gradient[i] * direction[p][i];
            }
        }
        return sum;
    }

    private static void move(DecoderPolicy policy, float[][] direction, float step) {
        for (int p = 0; p < direction.length; p++) {
            Parameter parameter = policy.parameters().get(p);
            for (int i = 0; i < direction[p].length; i++) {
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, parameter.get(i) + step * direction[p][i]);
            }
        }
    }

    private static double[] all(DecoderPolicy policy) {
        return policy.parameters().stream()
                .flatMapToDouble(parameter -> Arrays.stream(GoldenPolicyTest.gradient(parameter)))
                .toArray();
    }

    private static double distance(double[] actual, double[] expected) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        return Math.sqrt(difference / size);
    }

    /** The loss of a method over two examples, whose reference is the policy as it is at the beginning. */
    private static final class Comparison {
        private final DecoderPolicy policy;
        private final Objective method;
        private final List<Sequence> sequences;
        private final List<SequenceScore> reference;
        private List<SequenceScore> atGradient;
        private boolean takesDivergence = true;

        Comparison(DecoderPolicy policy, Objective method) {
            this.policy = policy;
            this.method = method;
            List<Sequence> batch = LLAMA.batch();
            boolean rated = method.coupling() == Coupling.BATCH;
            sequences = List.of(
                    batch.get(0),
                    rated ? batch.get(1) : batch.get(1).withDesirable(false),
                    rated ? batch.get(2).withDesirable(false) : batch.get(2),
                    batch.get(3));
            reference = policy.score(sequences, OptionalLambda.NONE);
            if (method.reference() == Reference.DISTRIBUTION) {
                policy.holdReference();
            }
        }

        /** Gradients of the loss, which is returned. */
        double accumulate() {
            policy.clearGradients();
            atGradient = new ArrayList<>();
            return run(true);
        }

        double loss() {
            return run(false);
        }

        private double run(boolean differentiate) {
            List<List<Sequence>> groups = method.coupling() == Coupling.BATCH
                    ? List.of(sequences)
                    : List.of(sequences.subList(0, 2), sequences.subList(2, 4));
            double[] loss = new double[1];
            policy.accumulate(groups, OptionalLambda.NONE, (group, scores) -> {
                List<SequenceScore> complete = new ArrayList<>();
                for (int s = 0; s < scores.size(); s++) {
                    int index = 2 * group + s;
                    SequenceScore score = method.reference() == Reference.LABEL_LOGPS
                            ? scores.get(s).withReference(reference.get(index).logps())
                            : scores.get(s);
                    if (differentiate) {
                        atGradient.add(score);
                    }
                    complete.add(differentiate ? score : held(score, index));
                }
                Objective.Evaluation evaluation = method.evaluate(complete);
                loss[0] += evaluation.loss();
                return differentiate
                        ? evaluation.gradients().stream().map(this::taken).toList()
                        : List.of();
            });
            return loss[0];
        }

        private SequenceGradient taken(SequenceGradient gradient) {
            return takesDivergence ? gradient : new SequenceGradient(gradient.logps());
        }

        /** What the method holds constant is as it was at the gradient. */
        private SequenceScore held(SequenceScore score, int index) {
            if (method.coupling() == Coupling.BATCH && index % 2 == 1) {
                return atGradient.get(index);
            }
            boolean second = method instanceof TokenDirectPreferenceOptimization tdpo
                    && tdpo.form() == TokenDirectPreferenceOptimization.Form.SECOND;
            return second && index % 2 == 0
                    ? score.withKl(atGradient.get(index).kl().orElseThrow())
                    : score;
        }
    }
}
