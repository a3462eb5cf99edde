package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.output.Response;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.generation.Pooling;
import io.github.ift4j.jlama.text.ModelText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class IftEmbeddingModelTest {
    private final IftEngine engine = IftEngine.load(TinyModels.BASE);

    @AfterEach
    void release() {
        engine.close();
    }

    @Test
    void poolsTheHiddenStatesOfTheTokens() {
        int[] ids = engine.textModel().text().rawPrompt("the cat sat on the mat");
        float[][] states = hiddenStates(ids);
        double[] mean = new double[TinyModels.HIDDEN];
        for (float[] state : states) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += state[i] / ids.length;
            }
        }

        float[] pooled = vector(IftEmbeddingModel.builder().normalize(false), "the cat sat on the mat");
        float[] last = vector(
                IftEmbeddingModel.builder().normalize(false).pooling(Pooling.LAST_TOKEN), "the cat sat on the mat");

        assertThat(last).containsExactly(states[ids.length - 1]);
        for (int i = 0; i < mean.length; i++) {
            // A mean in float64, rounded once.
            assertThat((double) pooled[i]).isCloseTo(mean[i], within(1e-6 * (1 + Math.abs(mean[i]))));
        }
    }

    @Test
    void vectorsHaveLengthOneUnlessToldOtherwise() {
        assertThat(length(vector(IftEmbeddingModel.builder(), "the cat"))).isCloseTo(1, within(1e-6));
        assertThat(length(vector(IftEmbeddingModel.builder().normalize(false), "the cat")))
                .isNotCloseTo(1, within(0.1));
    }

    @Test
    void aBatchGivesEachTextTheVectorThatItHasAlone() {
        IftEmbeddingModel model = IftEmbeddingModel.builder().engine(engine).build();
        List<TextSegment> segments = IntStream.range(0, 60)
                .mapToObj(i -> TextSegment.from("the cat sat on the mat ".repeat(1 + i % 3) + i))
                .toList();

        Response<List<Embedding>> response = model.embedAll(segments);

        int tokens = 0;
        for (int i = 0; i < segments.size(); i++) {
            Response<Embedding> alone = model.embed(segments.get(i));
            assertThat(response.content().get(i).vector())
                    .containsExactly(alone.content().vector());
            tokens += alone.tokenUsage().inputTokenCount();
        }
        assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(tokens);
        assertThat(response.content().get(0)).isNotEqualTo(response.content().get(1));
    }

    @Test
    void saysItsDimensionAndName(@TempDir Path folder) {
        engine.loadAdapter("search", TinyModels.adapter(folder.resolve("search"), 1));
        IftEmbeddingModel model = IftEmbeddingModel.builder().engine(engine).build();
        IftEmbeddingModel search =
                IftEmbeddingModel.builder().engine(engine).modelName("search").build();

        assertThat(model.dimension()).isEqualTo(TinyModels.HIDDEN);
        assertThat(model.embed("cat").content().dimension()).isEqualTo(TinyModels.HIDDEN);
        assertThat(model.modelName()).isEqualTo("model");
        assertThat(search.modelName()).isEqualTo("search");
        assertThat(search.embed("cat").content())
                .isNotEqualTo(model.embed("cat").content());
        EmbeddingRequest named =
                EmbeddingRequest.builder().input("cat").modelName("search").build();
        assertThat(model.embed(named).modelName()).isEqualTo("search");
        assertThat(model.embed(named).embeddings().getFirst())
                .isEqualTo(search.embed("cat").content());
    }

    @Test
    void aTextThatIsTooLongIsRefusedOrCut() {
        String longText = "the cat sat on the mat ".repeat(100);
        IftEmbeddingModel careful = IftEmbeddingModel.builder().engine(engine).build();
        IftEmbeddingModel cutting =
                IftEmbeddingModel.builder().engine(engine).truncate(true).build();

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> careful.embed(longText))
                .withMessageContaining("but the model's context holds 64; split it, or build the model with truncate");
        Response<Embedding> cut = cutting.embed(longText);
        assertThat(cut.tokenUsage().inputTokenCount()).isEqualTo(64);
        assertThat(cut.content())
                .isEqualTo(cutting.embed(longText + " and more").content());
    }

    @Test
    void aTextThatIsCutKeepsTheTokenThatTheTokenizerAddsAtItsEnd(@TempDir Path folder) throws IOException {
        endsTexts(folder);
        String longText = "the cat sat on the mat ".repeat(100);
        try (IftEngine ending = IftEngine.load(folder)) {
            ModelText text = ending.textModel().text();
            int[] expected = Arrays.copyOf(text.tokenizer().encode(longText, false), 64);
            expected[63] = text.tokenizer().idOf("<|eos|>").orElseThrow();
            IftEmbeddingModel cutting = IftEmbeddingModel.builder()
                    .engine(ending)
                    .pooling(Pooling.LAST_TOKEN)
                    .normalize(false)
                    .truncate(true)
                    .build();

            Response<Embedding> cut = cutting.embed(longText);

            assertThat(cut.tokenUsage().inputTokenCount()).isEqualTo(64);
            assertThat(cut.content().vector()).containsExactly(hiddenStates(expected)[63]);
        }
    }

    @Test
    void whatCannotBeEmbeddedThrows() {
        IftEmbeddingModel model = IftEmbeddingModel.builder().engine(engine).build();
        IftEmbeddingModel hurried = IftEmbeddingModel.builder()
                .engine(engine)
                .timeout(Duration.ofNanos(1))
                .build();
        EmbeddingRequest unknown =
                EmbeddingRequest.builder().input("cat").modelName("other").build();

        assertThatExceptionOfType(ModelNotFoundException.class).isThrownBy(() -> model.embed(unknown));
        assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> hurried.embed("cat"));
        try (IftEngine scripted = ScriptedModel.engine("ok")) {
            assertThatExceptionOfType(LangChain4jException.class)
                    .isThrownBy(() ->
                            IftEmbeddingModel.builder().engine(scripted).build().embed("cat"))
                    .withMessageContaining("does not tell its hidden states");
        }
        engine.close();
        assertThatExceptionOfType(LangChain4jException.class)
                .isThrownBy(() -> model.embed("cat"))
                .withMessageContaining("closed");
    }

    private float[] vector(IftEmbeddingModel.IftEmbeddingModelBuilder builder, String text) {
        return builder.engine(engine).build().embed(text).content().vector();
    }

    /** A copy of the base whose tokenizer adds a token at the end of each text. */
    private static void endsTexts(Path folder) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer_config.json")) {
            Files.copy(TinyModels.BASE.resolve(file), folder.resolve(file));
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode tokenizer = (ObjectNode) json.readTree(Files.readString(TinyModels.BASE.resolve("tokenizer.json")));
        tokenizer.set("post_processor", json.readTree("""
            {"type": "TemplateProcessing",
             "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<|eos|>", "type_id": 0}}],
             "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
             "special_tokens": {"<|eos|>": {"id": "<|eos|>", "ids": [281], "tokens": ["<|eos|>"]}}}\
            """));
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer.toString());
    }

    private static double length(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    private static float[][] hiddenStates(int[] ids) {
        try (Workers workers = new Workers(1);
                Decoder decoder = Decoder.load(TinyModels.BASE, workers);
                TokenModel.Context context = decoder.newContext()) {
            float[][] states = new float[ids.length][decoder.hiddenSize()];
            decoder.hiddenStates(List.of(new TokenModel.Feed(context, ids, states)));
            return states;
        }
    }
}
