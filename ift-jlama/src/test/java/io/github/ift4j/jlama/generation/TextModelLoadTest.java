package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.ElementType;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.checkpoint.Quantiser;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.text.SharedFolder;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TextModelLoadTest {
    @Test
    void greedyAnswersAreTheMostProbableTokensOfTheDecoder() {
        try (TextModel model = TextModel.load(GoldenText.DIRECTORY);
                Workers workers = new Workers(1);
                Decoder decoder = Decoder.load(GoldenText.DIRECTORY, workers);
                TokenModel.Context context = decoder.newContext()) {
            GenerationRequest request = model.textRequest("the cat").withMaxNewTokens(30);
            float[] logits = new float[decoder.vocabularySize()];
            int[] expected = new int[30];
            context.append(request.prompt(), logits);
            for (int i = 0; i < 30; i++) {
                expected[i] = argmax(logits);
                context.append(new int[] {expected[i]}, logits);
            }

            int[] tokens = model.generate(request).tokens();

            assertThat(expected).startsWith(tokens);
            assertThat(tokens).isNotEmpty();
        }
    }

    @Test
    void manyThreadsGetTheAnswersTheyGetAlone() throws Exception {
        LoadOptions options = LoadOptions.DEFAULTS.withName("shared").withMaxConcurrentRequests(3);
        try (TextModel model = TextModel.load(GoldenText.DIRECTORY, options);
                ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<GenerationResult> alone = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                alone.add(model.generate(sampled(model, i)));
            }

            List<Future<GenerationResult>> together = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                GenerationRequest request = sampled(model, i);
                together.add(threads.submit(() -> model.generate(request)));
            }

            assertThat(model.name()).isEqualTo("shared");
            for (int i = 0; i < 40; i++) {
                assertThat(together.get(i).get().tokens())
                        .isEqualTo(alone.get(i).tokens());
            }
        }
    }

    @Test
    void aRealModelTellsAStory() {
        Path directory = SharedFolder.find("models/tinystories-656k").orElse(null);
        Assumptions.assumeTrue(directory != null, "the folder ../shared/models is not there");
        try (TextModel model = TextModel.load(directory)) {
            String story = model.generate(model.textRequest("Once upon a time").withMaxNewTokens(60))
                    .text();

            assertThat(model.name()).isEqualTo("tinystories-656k");
            assertThat(story).startsWith(", a little girl named Lily lived in a small house");
        }
    }

    @Test
    void aQuantisedCopyDraftsWithoutChangingAnswers(@TempDir Path temp) {
        Path copy = temp.resolve("q4");
        new Quantiser(ElementType.Q4).quantise(GoldenText.DIRECTORY, copy);
        try (TextModel model = TextModel.load(GoldenText.DIRECTORY);
                TextModel drafted = TextModel.load(GoldenText.DIRECTORY, LoadOptions.DEFAULTS.withDraft(copy))) {
            int accepted = 0;
            int rejected = 0;
            for (int i = 0; i < 40; i++) {
                GenerationResult result = drafted.generate(sampled(model, i));
                assertThat(result.tokens())
                        .isEqualTo(model.generate(sampled(model, i)).tokens());
                accepted += result.acceptedTokens();
                rejected += result.draftedTokens() - result.acceptedTokens();
            }
            assertThat(accepted).isPositive();
            assertThat(rejected).isPositive();
        }
    }

    @Test
    void anAdapterOfTheModelIsVerifiedAgainstADraftWithoutIt(@TempDir Path temp) {
        Path adapter = temp.resolve("adapter");
        try (Workers workers = new Workers(1);
                DecoderPolicy policy = DecoderPolicy.adapt(
                        GoldenText.DIRECTORY, PeftConfig.of(4, 8, new PeftTargets.AllLinear()), 3, workers)) {
            PeftAdapter made = policy.adapter().orElseThrow();
            SplittableRandom random = new SplittableRandom(4);
            made.modules().values().forEach(factors -> {
                for (long i = 0; i < factors.b().byteSize() / Float.BYTES; i++) {
                    factors.b().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
                }
            });
            PeftWriter.plain().write(adapter, made);
        }
        LoadOptions adapted = LoadOptions.DEFAULTS.withAdapter(adapter);
        try (TextModel base = TextModel.load(GoldenText.DIRECTORY);
                TextModel model = TextModel.load(GoldenText.DIRECTORY, adapted);
                TextModel drafted = TextModel.load(GoldenText.DIRECTORY, adapted.withDraft(GoldenText.DIRECTORY))) {
            int different = 0;
            int drafts = 0;
            for (int i = 0; i < 20; i++) {
                GenerationResult expected = model.generate(sampled(model, i));
                GenerationResult result = drafted.generate(sampled(model, i));
                assertThat(result.tokens()).isEqualTo(expected.tokens());
                drafts += result.draftedTokens();
                different += Arrays.equals(
                                expected.tokens(),
                                base.generate(sampled(model, i)).tokens())
                        ? 0
                        : 1;
            }
            assertThat(drafts).isPositive();
            assertThat(different).as("answers that the adapter changes").isPositive();
        }
    }

    @Test
    void aDraftOfAnotherVocabularyIsRefusedInALineThatNamesBoth(@TempDir Path temp) throws IOException {
        Path other = temp.resolve("other");
        Files.createDirectories(other);
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            String json = Files.readString(GoldenText.DIRECTORY.resolve(file));
            assertThat(json).contains("<|assistant|>");
            Files.writeString(other.resolve(file), json.replace("<|assistant|>", "<|other|>"));
        }

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TextModel.load(GoldenText.DIRECTORY, LoadOptions.DEFAULTS.withDraft(other)))
                .withMessage(other + " cannot draft for " + GoldenText.DIRECTORY + ": token " + GoldenText.ASSISTANT
                        + " is \"<|other|>\" in the one and \"<|assistant|>\" in the other; a draft needs the same"
                        + " vocabulary");
    }

    @Test
    void whatCannotBeLoadedIsNamed(@TempDir Path empty) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TextModel.load(empty))
                .withMessageContaining(empty.toString());
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TextModel.load(empty.resolve("missing")))
                .withMessageContaining("there is no such directory");
    }

    private static GenerationRequest sampled(TextModel model, int number) {
        return model.textRequest("number " + number)
                .withMaxNewTokens(15)
                .withSampling(SamplingParameters.ofTemperature(1).withTopK(40).withSeed(number));
    }

    private static int argmax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }
}
