package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold of training and serving whatever the numbers are. */
class DecoderInvariantsTest {
    private static final Golden LLAMA = new Golden("llama");
    private static final Objective IFT = IntuitiveFineTuning.of(0.2, 0.95);
    private static final Objective SFT = new SupervisedFineTuning();

    private final Workers workers = new Workers(2);

    @AfterEach
    void release() {
        workers.close();
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBits() {
        List<float[]> expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Workers team = new Workers(threads);
                    DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), team)) {
                GoldenPolicyTest.accumulate(policy, IFT, LLAMA.batch());
                List<float[]> gradients = gradients(policy);
                expected = expected == null ? gradients : expected;
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(gradients.get(i)).containsExactly(expected.get(i));
                }
            }
        }
    }

    @Test
    void aSequencesScoreDoesNotDependOnItsBatch() {
        List<Sequence> batch = LLAMA.batch();
        try (DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), workers)) {
            List<SequenceScore> together = policy.score(batch, OptionalLambda.of(0.2));
            for (int s = batch.size() - 1; s >= 0; s--) {
                SequenceScore alone = policy.score(List.of(batch.get(s)), OptionalLambda.of(0.2))
                        .getFirst();
                assertThat(alone.logps()).containsExactly(together.get(s).logps());
                assertThat(alone.greedy()).containsExactly(together.get(s).greedy());
            }
        }
    }

    @Test
    void gradientsOfABatchAreTheSumOfThoseOfItsSequences() {
        List<Sequence> batch = LLAMA.batch();
        try (DecoderPolicy together = DecoderPolicy.load(LLAMA.model(), workers);
                DecoderPolicy apart = DecoderPolicy.load(LLAMA.model(), workers)) {
            GoldenPolicyTest.accumulate(together, IFT, batch);
            for (Sequence sequence : batch.reversed()) {
                GoldenPolicyTest.accumulate(apart, IFT, List.of(sequence));
            }
            for (int i = 0; i < together.parameters().size(); i++) {
                double[] sum = GoldenPolicyTest.gradient(apart.parameters().get(i));
                double[] expected =
                        GoldenPolicyTest.gradient(together.parameters().get(i));
                double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
                for (int j = 0; j < sum.length; j++) {
                    assertThat(sum[j] / batch.size()).isCloseTo(expected[j], within(1e-6 * largest + 1e-12));
                }
            }
        }
    }

    @Test
    void groupsOfSeveralSequencesComeTogetherAndInOrder() {
        List<Sequence> batch = LLAMA.batch();
        List<Integer> groups = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        try (DecoderPolicy policy =
                DecoderPolicy.load(LLAMA.model(), TrainingOptions.defaults().withMaxLogits(2000), workers)) {
            policy.accumulate(
                    List.of(batch.subList(0, 2), batch.subList(2, 3), batch.subList(3, 4)),
                    OptionalLambda.NONE,
                    (group, scores) -> {
                        groups.add(group);
                        sizes.add(scores.size());
                        return List.of();
                    });
        }
        assertThat(groups).containsExactly(0, 1, 2);
        assertThat(sizes).containsExactly(2, 1, 1);
    }

    @ParameterizedTest
    @ValueSource(longs = {300, 2_000, 5_000})
    void aVocabularyInChunksGivesTheSameLossAndGradients(long maxLogits) {
        try (DecoderPolicy whole = DecoderPolicy.load(LLAMA.model(), workers);
                DecoderPolicy chunked = DecoderPolicy.load(
                        LLAMA.model(), TrainingOptions.defaults().withMaxLogits(maxLogits), workers)) {
            double expected = GoldenPolicyTest.accumulate(whole, IFT, LLAMA.batch());
            double loss = GoldenPolicyTest.accumulate(chunked, IFT, LLAMA.batch());
            assertThat(loss).isCloseTo(expected, within(1e-6));
            for (int i = 0; i < whole.parameters().size(); i++) {
                double[] a = GoldenPolicyTest.gradient(chunked.parameters().get(i));
                double[] b = GoldenPolicyTest.gradient(whole.parameters().get(i));
                double largest = Arrays.stream(b).map(Math::abs).max().orElseThrow();
                for (int j = 0; j < a.length; j++) {
                    assertThat(a[j]).isCloseTo(b[j], within(2e-6 * largest + 1e-12));
                }
            }
        }
    }

    @Test
    void withoutMixAndPropagationIftIsSftWithAConstantEmbedding() {
        try (DecoderPolicy ift = DecoderPolicy.load(LLAMA.model(), workers);
                DecoderPolicy sft = DecoderPolicy.load(LLAMA.model(), workers)) {
            double iftLoss = GoldenPolicyTest.accumulate(ift, IntuitiveFineTuning.of(0, 0), LLAMA.batch());
            double sftLoss = GoldenPolicyTest.accumulate(sft, SFT, LLAMA.batch());
            assertThat(iftLoss).isEqualTo(sftLoss);
            for (int i = 0; i < ift.parameters().size(); i++) {
                Parameter parameter = ift.parameters().get(i);
                if (parameter.name().equals("model.embed_tokens.weight")) {
                    assertThat(parameter.hasGradient()).isFalse();
                } else {
                    assertThat(GoldenPolicyTest.gradient(parameter))
                            .containsExactly(
                                    GoldenPolicyTest.gradient(sft.parameters().get(i)));
                }
            }
        }
    }

    @Test
    void theLossFallsAlongTheGradientAsFastAsTheGradientSays() {
        for (Objective objective : List.of(SFT, IFT)) {
            try (DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), workers)) {
                GoldenPolicyTest.accumulate(policy, objective, LLAMA.batch());
                double squared = 0;
                for (float[] gradient : gradients(policy)) {
                    for (float value : gradient) {
                        squared += (double) value * value;
                    }
                }
                double step = 1e-4;
                double above = movedLoss(policy, objective, step);
                double below = movedLoss(policy, objective, -2 * step);
                assertThat((above - below) / (2 * step)).isCloseTo(squared, within(2e-3 * squared));
            }
        }
    }

    @Test
    void servingHasTheBitsOfTrainingHoweverTheTokensAreDivided() {
        Sequence sequence = LLAMA.batch().getFirst();
        int[] tokens = sequence.inputIds();
        float[][] expected = RowLogits.of(LLAMA.model(), workers, sequence, tokens, 0);
        try (DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), workers);
                Decoder live = policy.decoder();
                Decoder packed = Decoder.load(LLAMA.model(), workers)) {
            for (Decoder decoder : List.of(live, packed)) {
                float[] logits = new float[decoder.vocabularySize()];
                try (TokenModel.Context one = decoder.newContext();
                        TokenModel.Context many = decoder.newContext()) {
                    for (int t = 0; t < expected.length; t++) {
                        one.append(new int[] {tokens[t]}, logits);
                        assertThat(logits).as("token %s", t).containsExactly(expected[t]);
                    }
                    many.append(Arrays.copyOf(tokens, 3), logits);
                    assertThat(logits).containsExactly(expected[2]);
                    many.append(Arrays.copyOfRange(tokens, 3, 10), logits);
                    assertThat(logits).containsExactly(expected[9]);
                    many.truncate(4);
                    many.append(Arrays.copyOfRange(tokens, 4, 8), logits);
                    assertThat(logits).containsExactly(expected[7]);
                }
            }
        }
    }

    @Test
    void aLongPromptIsFedInChunksWithTheSameResult() {
        Random random = new Random(9);
        DecoderConfig config = DecoderConfig.llama(50, 16, 24, 2, AttentionConfig.of(2, 1, 8))
                .contextLength(700)
                .build();
        try (DecoderPolicy policy = DecoderPolicy.initialise(config, new WeightInitialiser(9, 0.25f), workers);
                Decoder decoder = policy.decoder();
                TokenModel.Context whole = decoder.newContext();
                TokenModel.Context single = decoder.newContext()) {
            int[] tokens = random.ints(600, 0, 50).toArray();
            float[] expected = new float[50];
            float[] actual = new float[50];
            whole.append(tokens, expected);
            for (int token : tokens) {
                single.append(new int[] {token}, actual);
            }
            assertThat(actual).containsExactly(expected);
            assertThat(single.length()).isEqualTo(600);
        }
    }

    @Test
    void sequencesWithoutALabelCostNothingAndBreakNothing() {
        Sequence none = new Sequence(new int[] {1, 2, 3}, new int[] {1, -100, -100});
        Sequence some = LLAMA.batch().getFirst();
        try (DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), workers)) {
            assertThat(policy.score(List.of(none), OptionalLambda.of(0.2))
                            .getFirst()
                            .logps())
                    .containsOnly(0);
            List<SequenceScore> scores = policy.score(List.of(none, some, none), OptionalLambda.of(0.2));
            assertThat(scores.get(1).logps())
                    .containsExactly(policy.score(List.of(some), OptionalLambda.of(0.2))
                            .getFirst()
                            .logps());
            GoldenPolicyTest.accumulate(policy, IFT, List.of(none));
            assertThat(policy.parameters()).noneMatch(Parameter::hasGradient);
        }
    }

    @Test
    void whatTheModelCannotTakeIsRefusedInOneLine() {
        try (DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), workers);
                Decoder decoder = policy.decoder();
                TokenModel.Context context = decoder.newContext()) {
            Sequence tooLong = new Sequence(new int[65], new int[65]);
            assertThatThrownBy(() -> policy.score(List.of(tooLong), OptionalLambda.NONE))
                    .hasMessage("a sequence of 65 tokens is longer than the model's context of 64; truncate it");
            Sequence unknown = new Sequence(new int[] {1, 288}, new int[] {1, 2});
            assertThatThrownBy(() -> policy.score(List.of(unknown), OptionalLambda.NONE))
                    .hasMessage("input_ids[1] is 288, but the model's vocabulary has 288 entries");
            float[] logits = new float[288];
            assertThatThrownBy(() -> context.append(new int[65], logits))
                    .hasMessage("65 tokens do not fit into the model's context of 64");
            assertThatThrownBy(() -> context.append(new int[] {-1}, logits))
                    .hasMessageContaining("-1 is not in the vocabulary of 288");
            assertThat(context.length()).isZero();
        }
    }

    private static double movedLoss(DecoderPolicy policy, Objective objective, double step) {
        List<float[]> gradients = gradients(policy);
        for (int p = 0; p < gradients.size(); p++) {
            Parameter parameter = policy.parameters().get(p);
            float[] gradient = gradients.get(p);
            for (int i = 0; i < gradient.length; i++) {
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float)
                        (parameter.get(i) + step * gradient[i]));
            }
        }
        double[] loss = new double[1];
        OptionalLambda lambda = objective.residual().isPresent() ? OptionalLambda.of(0.2) : OptionalLambda.NONE;
        for (SequenceScore score : policy.score(LLAMA.batch(), lambda)) {
            loss[0] += objective.evaluate(List.of(score)).loss() / 4;
        }
        return loss[0];
    }

    private static List<float[]> gradients(DecoderPolicy policy) {
        return policy.parameters().stream()
                .map(parameter -> parameter.gradient().toArray(ValueLayout.JAVA_FLOAT))
                .toList();
    }
}
