package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Activations that are computed again give what stored ones give, to the bit. */
class RecomputeTest {
    private static final TrainingOptions STORED = TrainingOptions.defaults();
    private static final TrainingOptions RECOMPUTED = STORED.withRecompute(true);
    private static final List<Objective> OBJECTIVES =
            List.of(IntuitiveFineTuning.of(0.2, 0.95), new SupervisedFineTuning());

    private final Workers workers = new Workers(2);

    @AfterEach
    void release() {
        workers.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gemma2", "mixtral", "gpt2", "granite"})
    void gradientsAndScoresAreThoseOfStoredActivations(String name) {
        Golden golden = new Golden(name);
        for (Objective objective : OBJECTIVES) {
            try (DecoderPolicy stored = DecoderPolicy.load(golden.model(), STORED, workers);
                    DecoderPolicy recomputed = DecoderPolicy.load(golden.model(), RECOMPUTED, workers)) {
                assertSame(stored, recomputed, objective, golden.batch());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "mixtral"})
    void anAdaptersDropoutLeavesOutTheSameInputsAgain(String name) {
        Golden golden = new Golden(name);
        for (boolean dora : new boolean[] {false, true}) {
            PeftConfig adapter = PeftConfig.of(3, 5, new PeftTargets.AllLinear())
                    .withDropout(0.3)
                    .withDora(dora);
            for (Objective objective : OBJECTIVES) {
                try (DecoderPolicy stored = DecoderPolicy.adapt(golden.model(), adapter, 1, STORED, workers);
                        DecoderPolicy recomputed =
                                DecoderPolicy.adapt(golden.model(), adapter, 1, RECOMPUTED, workers)) {
                    // B starts at zero, which hides what dropout does to A's gradient.
                    stored.parameters().forEach(RecomputeTest::disturb);
                    recomputed.parameters().forEach(RecomputeTest::disturb);
                    assertSame(stored, recomputed, objective, golden.batch());
                }
            }
        }
    }

    /** The comparison sees a single input more or less that is left out. */
    @Test
    void otherDropoutGivesOtherGradients() {
        Golden llama = new Golden("llama");
        PeftConfig adapter = PeftConfig.of(3, 5, new PeftTargets.AllLinear()).withDropout(0.01);
        try (DecoderPolicy one = DecoderPolicy.adapt(llama.model(), adapter, 1, RECOMPUTED, workers);
                DecoderPolicy other = DecoderPolicy.adapt(llama.model(), adapter, 1, RECOMPUTED, workers)) {
            other.reseed(1);
            GoldenPolicyTest.accumulate(one, OBJECTIVES.getFirst(), llama.batch());
            GoldenPolicyTest.accumulate(other, OBJECTIVES.getFirst(), llama.batch());
            assertThat(gradients(one).getLast()).isNotEqualTo(gradients(other).getLast());
        }
    }

    @Test
    void activationsTakeTheMemoryOfOneLayerAndTheInputsOfAll() {
        Golden llama = new Golden("llama");
        try (DecoderPolicy stored = DecoderPolicy.load(llama.model(), STORED, workers);
                DecoderPolicy recomputed = DecoderPolicy.load(llama.model(), RECOMPUTED, workers)) {
            int others = stored.config().layers().size() - 1;
            long input = (long) stored.config().hiddenSize() * Float.BYTES;
            long saved = others * (LayerActivations.bytesPerRow(stored.config()) - input);
            assertThat(stored.activationBytes(10) - recomputed.activationBytes(10))
                    .isEqualTo(10 * saved)
                    .isPositive();
        }
    }

    private static void assertSame(
            DecoderPolicy stored, DecoderPolicy recomputed, Objective objective, List<Sequence> batch) {
        // A batch after a smaller one, and a smaller one after it, use memory that holds something else.
        for (List<Sequence> part : List.of(batch.subList(0, 1), batch, batch.subList(1, 3))) {
            double expected = GoldenPolicyTest.accumulate(stored, objective, part);
            double loss = GoldenPolicyTest.accumulate(recomputed, objective, part);
            assertThat(loss).isEqualTo(expected);
            List<float[]> gradients = gradients(recomputed);
            for (int i = 0; i < gradients.size(); i++) {
                assertThat(gradients.get(i))
                        .as(recomputed.parameters().get(i).name())
                        .containsExactly(gradients(stored).get(i));
            }
            OptionalLambda lambda = objective.residual().isPresent() ? OptionalLambda.of(0.3) : OptionalLambda.NONE;
            for (int s = 0; s < part.size(); s++) {
                assertThat(recomputed.score(part, lambda).get(s).logps())
                        .containsExactly(stored.score(part, lambda).get(s).logps());
            }
        }
    }

    private static void disturb(Parameter parameter) {
        for (int i = 0; i < parameter.size(); i++) {
            float value = parameter.get(i) + 0.05f * (i % 7 - 3);
            parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
    }

    private static List<float[]> gradients(DecoderPolicy policy) {
        return policy.parameters().stream()
                .map(parameter -> parameter.gradient().toArray(ValueLayout.JAVA_FLOAT))
                .toList();
    }
}
