package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.text.SharedFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
