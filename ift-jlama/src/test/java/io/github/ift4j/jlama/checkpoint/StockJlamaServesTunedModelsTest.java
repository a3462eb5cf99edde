package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.Trainer;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.Golden;
import io.github.ift4j.jlama.text.ModelText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model that was tuned here and saved answers in stock Jlama as it does here, for every architecture that Jlama computes right. */
class StockJlamaServesTunedModelsTest {
    private static final Golden LLAMA = new Golden("llama");
    private static final int PROMPT = 8;
    private static final int ANSWER = 24;

    /**
     * Of the largest logit. Both sides are float32 and each is this close to PyTorch's float64 in the golden numbers' README;
     * so the two may be twice as far from each other.
     */
    private static final float TOLERANCE = 2e-5f;

    private final Workers workers = new Workers(1);

    @TempDir
    Path parent;

    @AfterEach
    void release() {
        workers.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama-tied",
                "mistral",
                "mistral with few heads",
                "qwen2",
                "gemma",
                "gemma2",
                "gemma2 with few heads",
                "granite",
                "gpt2"
            })
    void withTheSameLogitsAndTheSameGreedyTokens(String name) throws IOException {
        Path base = StockBases.of(name, parent.resolve("base"));
        Path tuned = tune(base);
        try (StockJlama stock = StockJlama.loaded(tuned);
                StockJlama untuned = StockJlama.loaded(base);
                Decoder ours = Decoder.load(tuned, workers)) {
            for (Sequence sequence : LLAMA.batch()) {
                int[] prompt = Arrays.copyOf(sequence.inputIds(), PROMPT);
                int[] answer = Greedy.answer(ours, prompt, ANSWER);
                int[] whole = Arrays.copyOf(prompt, PROMPT + ANSWER);
                System.arraycopy(answer, 0, whole, PROMPT, ANSWER);
                float[][] logits = Greedy.logits(ours, whole);
                float allowed = TOLERANCE * Logits.largest(logits);

                assertThat(Logits.difference(stock.logits(whole), logits)).isLessThan(allowed);
                // Were the first two closer than what the logits may differ by, the next assertion would mean nothing.
                assertThat(smallestLead(logits)).as("lead of the chosen token").isGreaterThan(2 * allowed);
                assertThat(stock.greedy(prompt, ANSWER)).isEqualTo(answer);
                assertThat(Logits.difference(untuned.logits(whole), logits))
                        .as("what training changed")
                        .isGreaterThan(1000 * allowed);
            }
        }
    }

    /** Not gpt2: Jlama transposes its projections when it loads them, and keeps the copies. */
    @ParameterizedTest
    @ValueSource(strings = {"mistral", "qwen2", "gemma", "gemma2", "granite"})
    void andSeesEachStepOverTheTrainersMemory(String name) throws IOException {
        Path base = StockBases.of(name, parent.resolve("base"));
        int[] tokens = LLAMA.tokens();
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(base);
                DecoderPolicy policy = DecoderPolicy.load(base, workers);
                Decoder ours = policy.decoder();
                StockJlama stock = StockJlama.over(
                        files.config(),
                        policy.parameters().stream().map(Float32Tensor::of).toList())) {
            float[][] before = Greedy.logits(ours, tokens);
            train(policy, 3);
            float[][] after = Greedy.logits(ours, tokens);

            assertThat(Logits.difference(stock.logits(tokens), after)).isLessThan(TOLERANCE * Logits.largest(after));
            assertThat(Logits.difference(before, after)).isGreaterThan(1000 * TOLERANCE * Logits.largest(after));
        }
    }

    /**
     * Heads whose size is not hidden_size / num_attention_heads (gemma, llama3), llama3's scaled rotation, and routing
     * weights (mixtral) are what Jlama 0.8.4 leaves out; nothing but the answers tells.
     */
    @ParameterizedTest
    @ValueSource(strings = {"gemma", "llama3", "mixtral"})
    void otherShapesAreComputedOtherwise(String name) {
        Golden golden = new Golden(name);
        try (StockJlama stock = StockJlama.loaded(golden.model())) {
            assertThat(Logits.difference(stock.logits(golden.tokens()), golden.logits(0)))
                    .isGreaterThan(1000 * TOLERANCE * Logits.largest(golden.logits(0)));
        }
    }

    @Test
    void tensorNamesWithAPrefixAreUnknownToJlamasGpt2() {
        assertThatThrownBy(() -> StockJlama.loaded(new Golden("gpt2").model())).hasStackTraceContaining("wte.weight");
    }

    @Test
    void theLastPositionsOfTheContextAreBeyondJlamasRotation() {
        int keyHeads = 2;
        int[] context = new int[64];
        int[] reached = Arrays.copyOf(context, context.length - 2 * (keyHeads - 1));
        try (StockJlama stock = StockJlama.loaded(LLAMA.model());
                Decoder ours = Decoder.load(LLAMA.model(), workers)) {
            float[][] logits = Greedy.logits(ours, context);

            assertThat(Logits.difference(stock.logits(reached), Arrays.copyOf(logits, reached.length)))
                    .isLessThan(TOLERANCE * Logits.largest(logits));
            assertThatThrownBy(() -> stock.logits(context)).isInstanceOf(ArrayIndexOutOfBoundsException.class);
        }
    }

    private Path tune(Path base) {
        Path tuned = parent.resolve("tuned");
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(base);
                DecoderPolicy policy = DecoderPolicy.load(base, workers)) {
            train(policy, 4);
            HuggingFaceWriter.basedOn(files)
                    .write(
                            tuned,
                            policy.parameters().stream().map(Float32Tensor::of).toList());
        }
        return tuned;
    }

    private void train(DecoderPolicy policy, int steps) {
        try (ModelText text = ModelText.load(LLAMA.model(), Optional.empty())) {
            Trainer.builder()
                    .policy(policy)
                    .workers(workers)
                    .objective(IntuitiveFineTuning.withDefaults())
                    .data(Dataset.load(List.of(LLAMA.path("train.jsonl")), text.encoder(false), 64))
                    .config(TrainingConfig.builder()
                            .learningRate(1e-3)
                            .batchSize(4)
                            .maxSteps(steps)
                            .build())
                    .build()
                    .train();
        }
    }

    /** By how much the most probable token leads the second, where the lead is smallest: at the tokens that answer the prompt. */
    private static float smallestLead(float[][] logits) {
        float smallest = Float.POSITIVE_INFINITY;
        for (int t = PROMPT - 1; t < logits.length - 1; t++) {
            float[] sorted = logits[t].clone();
            Arrays.sort(sorted);
            smallest = Math.min(smallest, sorted[sorted.length - 1] - sorted[sorted.length - 2]);
        }
        return smallest;
    }
}
