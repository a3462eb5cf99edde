package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.Optimizer;
import io.github.ift4j.core.optimizer.OptimizerConfig.RmsPropConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.Golden;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stock Jlama model over a policy in training answers as the policy does, after each optimiser step, with nothing copied. */
class StockJlamaFollowsTrainingTest {
    private static final Golden LLAMA = new Golden("llama");
    private static final int PROMPT = 6;
    private static final int ANSWER = 6;
    private static final int STEPS = 20;

    @TempDir
    Path parent;

    @Test
    void answersWithTheWeightsOfTheLastStep() {
        int[] tokens = Arrays.copyOf(LLAMA.tokens(), PROMPT + ANSWER);
        int[] prompt = Arrays.copyOf(tokens, PROMPT);
        int[] answer = Arrays.copyOfRange(tokens, PROMPT, tokens.length);
        int[] labels = tokens.clone();
        Arrays.fill(labels, 0, PROMPT, Sequence.IGNORE);
        Path out = parent.resolve("out");
        try (Workers workers = new Workers(1);
                DecoderPolicy policy = DecoderPolicy.load(LLAMA.model(), workers);
                Decoder decoder = policy.decoder();
                HuggingFaceDirectory base = HuggingFaceDirectory.open(LLAMA.model());
                Optimizer optimizer = RmsPropConfig.withDefaults().create(policy.parameters(), workers)) {
            List<Float32Tensor> tensors =
                    policy.parameters().stream().map(Float32Tensor::of).toList();
            try (StockJlama stock = StockJlama.over(base.config(), tensors)) {
                assertThat(stock.greedy(prompt, answer.length)).isNotEqualTo(answer);
                int[] previous = {};
                int changes = 0;
                for (int step = 0; step < STEPS; step++) {
                    learn(policy, new Sequence(tokens, labels));
                    optimizer.step(0.005, 1);

                    int[] said = stock.greedy(prompt, answer.length);
                    assertThat(said).as("step %s", step).isEqualTo(Greedy.answer(decoder, prompt, answer.length));
                    changes += Arrays.equals(said, previous) ? 0 : 1;
                    previous = said;
                }
                assertThat(changes).as("steps that changed the answer").isGreaterThan(2);
                assertThat(previous).isEqualTo(answer);
            }
            HuggingFaceWriter.basedOn(base).write(out, tensors);
        }
        try (StockJlama saved = StockJlama.loaded(out)) {
            assertThat(saved.greedy(prompt, answer.length)).isEqualTo(answer);
        }
    }

    private static void learn(DecoderPolicy policy, Sequence sequence) {
        Objective objective = IntuitiveFineTuning.withDefaults();
        policy.clearGradients();
        policy.accumulate(
                List.of(List.of(sequence)),
                OptionalLambda.of(0.2),
                (group, scores) -> objective.evaluate(scores).gradients());
    }
}
