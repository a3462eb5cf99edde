package io.github.ift4j.samples.frozenlake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.objective.TokenDirectPreferenceOptimization;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LakePolicyTest {
    private static final FrozenLake LAKE = new FrozenLake(LakeMap.small(), false);
    private static final Lesson LESSON = World.of(LAKE, SubOptimal.HOLE).lesson();
    private static final int HIDDEN = 7;

    /**
     * Of central differences with steps of 2^-9, a weight's third derivative leaves some 1e-6 of the gradient, and gradients are
     * stored in float32.
     */
    private static final double GRADIENT = 2e-5;

    private static final float STEP = 0x1p-9f;

    private final LakePolicy policy = new LakePolicy(LAKE, HIDDEN, 2, 5);

    @AfterEach
    void release() {
        policy.close();
    }

    /** A way of training whose gradient is checked: what it learns from, and its loss. */
    private enum Way {
        SFT(new Method("SFT", new SupervisedFineTuning())),
        IFT(Methods.ift(0.3, 0.9)),
        DPO(Methods.all(0.2, 0.9).get(2)),
        /** The first form; the second holds a part constant, so that its gradient is not that of its loss. */
        TDPO(new Method("TDPO", TokenDirectPreferenceOptimization.first(0.1))),
        ORPO(Methods.all(0.2, 0.9).get(5));

        private final Method method;

        Way(Method method) {
            this.method = method;
        }
    }

    @ParameterizedTest
    @EnumSource
    void theGradientIsThatOfCentralDifferences(Way way) {
        moveAwayFromReference();

        assertThat(error(way, UnaryOperator.identity())).isLessThan(GRADIENT);
    }

    /** Negative control: the check notices a sign that is wrong at the last label, which is where the trajectories differ. */
    @ParameterizedTest
    @EnumSource
    void aWrongGradientIsNoticed(Way way) {
        moveAwayFromReference();

        assertThat(error(way, gradient -> {
                    gradient.logps()[gradient.logps().length - 1] *= -1;
                    return gradient;
                }))
                .isGreaterThan(100 * GRADIENT);
    }

    @Test
    void theDivergenceFromTheReferenceIsDifferentiated() {
        moveAwayFromReference();

        assertThat(error(Way.TDPO, gradient -> new SequenceGradient(gradient.logps(), Optional.empty())))
                .as("without the part through the divergence")
                .isGreaterThan(100 * GRADIENT);
    }

    /** One step right from the start, hand-computed: zero weights make all actions alike. */
    @Test
    void sftOfAZeroNetworkIsExact() {
        policy.parameters().forEach(parameter -> parameter.value().fill((byte) 0));
        Sequence step = new Trajectory(new int[] {0, 1}, new int[] {2}).toSequence();

        List<SequenceScore> scores = policy.score(List.of(step), OptionalLambda.NONE);
        accumulate(Way.SFT.method.objective(), List.of(step), UnaryOperator.identity());

        assertThat(scores.getFirst().logps()).containsExactly(0, -Math.log(4));
        assertThat(scores.getFirst().greedy()).containsExactly(-1, 0);
        // dL/dlogits = p - onehot, and nothing passes through weights of zero.
        assertThat(gradient("layer2.bias")).containsExactly(0.25f, 0.25f, -0.75f, 0.25f);
        assertThat(gradient("layer1.weight")).containsOnly(0);
        assertThat(gradient("layer2.weight")).containsOnly(0);
    }

    /** One step right from the start with a network of one unit: tanh(0.5 + 0.25) and weights 1, 2, 3, 4. */
    @Test
    void sftOfOneUnitIsExact() {
        try (LakePolicy small = new LakePolicy(LAKE, 1, 1, 0)) {
            small.parameters().forEach(parameter -> parameter.value().fill((byte) 0));
            set(small, "layer1.weight", 0, 0.5f);
            set(small, "layer1.bias", 0, 0.25f);
            for (int action = 0; action < 4; action++) {
                set(small, "layer2.weight", action, action + 1);
            }
            Sequence step = new Trajectory(new int[] {0, 1}, new int[] {2}).toSequence();
            double h = Math.tanh(0.75);
            double sum = Math.exp(h) + Math.exp(2 * h) + Math.exp(3 * h) + Math.exp(4 * h);

            assertThat(small.score(List.of(step), OptionalLambda.NONE)
                            .getFirst()
                            .logps()[1])
                    .isCloseTo(3 * h - Math.log(sum), within(1e-15));
        }
    }

    @Test
    void iftWithoutResidualAndPropagationIsSft() {
        List<Sequence> sequences = List.of(LESSON.optimal().toSequence());
        accumulate(new SupervisedFineTuning(), sequences, UnaryOperator.identity());
        List<float[]> sft = policy.parameters().stream().map(this::gradient).toList();
        policy.clearGradients();
        accumulate(IntuitiveFineTuning.of(0, 0), sequences, UnaryOperator.identity());

        for (int i = 0; i < sft.size(); i++) {
            assertThat(gradient(policy.parameters().get(i))).containsExactly(sft.get(i));
        }
    }

    /** An agent that always goes right reads, after one step down from the start, a mix of cell 4 and of cell 1 beside it. */
    @Test
    void theResidualMixesInTheStateThatTheGreedyActionLeadsTo() {
        try (LakePolicy right = new LakePolicy(LAKE, 1, 1, 0)) {
            right.parameters().forEach(parameter -> parameter.value().fill((byte) 0));
            set(right, "layer2.bias", 2, 1);
            set(right, "layer2.weight", 1, 1);
            set(right, "layer1.weight", 4, 0.25f);
            set(right, "layer1.weight", 1, 0.75f);
            Sequence down = new Trajectory(new int[] {0, 4, 8}, new int[] {1, 1}).toSequence();

            double logp = right.score(List.of(down), OptionalLambda.of(0.4))
                    .getFirst()
                    .logps()[2];

            double h = Math.tanh(0.6 * 0.25 + 0.4 * 0.75);
            assertThat(logp).isCloseTo(h - Math.log(2 + Math.exp(1) + Math.exp(h)), within(1e-15));
        }
    }

    /** Where the last state is never read and the first is never mixed, one step is the same with any lambda. */
    @Test
    void theStartIsNeverMixed() {
        Sequence step = new Trajectory(new int[] {0, 1}, new int[] {2}).toSequence();

        assertThat(policy.score(List.of(step), OptionalLambda.of(0.9))
                        .getFirst()
                        .logps())
                .containsExactly(policy.score(List.of(step), OptionalLambda.NONE)
                        .getFirst()
                        .logps());
    }

    @Test
    void theSameSeedMakesTheSameAgentAndAnotherSeedAnother() {
        try (LakePolicy same = new LakePolicy(LAKE, HIDDEN, 2, 5);
                LakePolicy other = new LakePolicy(LAKE, HIDDEN, 2, 6)) {
            assertThat(same.behaviour().probabilities())
                    .isDeepEqualTo(policy.behaviour().probabilities());
            assertThat(other.behaviour().of(0, 0))
                    .isNotEqualTo(policy.behaviour().of(0, 0));
        }
    }

    /** A policy that equals its reference has no gradient through the divergence. */
    private void moveAwayFromReference() {
        policy.holdReference();
        Parameter weight = policy.parameters().getFirst();
        for (long i = 0; i < weight.size(); i++) {
            weight.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, weight.get(i) + (i % 3 - 1) * 0.4f);
        }
    }

    /** Largest difference of gradient and central differences, relative to the largest entry. */
    private double error(Way way, UnaryOperator<SequenceGradient> mutation) {
        Objective objective = way.method.objective();
        List<Sequence> sequences = way.method.example(LESSON).sequences();
        accumulate(objective, sequences, mutation);
        double difference = 0;
        double largest = 0;
        for (Parameter parameter : policy.parameters()) {
            float[] gradient = gradient(parameter);
            for (int i = 0; i < gradient.length; i++) {
                float at = parameter.get(i);
                float up = at + STEP;
                float down = at - STEP;
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, up);
                double above = loss(objective, sequences);
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, down);
                double below = loss(objective, sequences);
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, at);
                double expected = (above - below) / ((double) up - down);
                difference = Math.max(difference, Math.abs(expected - gradient[i]));
                largest = Math.max(largest, Math.abs(expected));
            }
        }
        return difference / largest;
    }

    private void accumulate(Objective objective, List<Sequence> sequences, UnaryOperator<SequenceGradient> mutation) {
        policy.accumulate(List.of(sequences), lambda(objective), (group, scores) -> {
            List<SequenceGradient> gradients =
                    new ArrayList<>(objective.evaluate(scores).gradients());
            gradients.replaceAll(mutation);
            return gradients;
        });
    }

    private double loss(Objective objective, List<Sequence> sequences) {
        double[] loss = new double[1];
        policy.accumulate(List.of(sequences), lambda(objective), (group, scores) -> {
            loss[0] = objective.evaluate(scores).loss();
            return List.of();
        });
        return loss[0];
    }

    private static OptionalLambda lambda(Objective objective) {
        return objective
                .residual()
                .map(residual -> OptionalLambda.of(residual.lambda()))
                .orElse(OptionalLambda.NONE);
    }

    private float[] gradient(String name) {
        return gradient(named(policy, name));
    }

    private float[] gradient(Parameter parameter) {
        float[] gradient = new float[(int) parameter.size()];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = parameter.gradient().getAtIndex(ValueLayout.JAVA_FLOAT, i);
        }
        return gradient;
    }

    private static void set(LakePolicy policy, String name, long index, float value) {
        named(policy, name).value().setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
    }

    private static Parameter named(LakePolicy policy, String name) {
        return policy.parameters().stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
