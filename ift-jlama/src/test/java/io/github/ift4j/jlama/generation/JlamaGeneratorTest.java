package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.tjake.jlama.math.ActivationFunction;
import com.github.tjake.jlama.model.functions.Generator;
import com.github.tjake.jlama.model.llama.LlamaConfig;
import com.github.tjake.jlama.safetensors.Config;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import com.github.tjake.jlama.util.JsonSupport;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.decoder.Golden;
import io.github.ift4j.jlama.decoder.RandomModels;
import io.github.ift4j.jlama.text.EndOfTurn;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JlamaGeneratorTest {
    private final ModelText text = ModelText.load(GoldenText.DIRECTORY, Optional.empty());
    private final ModelText plain = new ModelText(text.tokenizer(), Optional.empty(), text.endOfTurn());
    private final Tokenizer tokenizer = text.tokenizer();

    @AfterEach
    void closeText() {
        text.close();
    }

    @Test
    void answersAPromptThatJlamasTemplateWrote() {
        Generator generator = saying("Grüße!");
        List<String> pieces = new ArrayList<>();
        PromptContext prompt = generator
                .promptSupport()
                .orElseThrow()
                .builder()
                .addUserMessage("Hi")
                .build();

        Generator.Response response =
                generator.generate(UUID.randomUUID(), prompt, 0, 100, (text, millis) -> pieces.add(text));

        assertThat(response.responseText).isEqualTo("Grüße!").isEqualTo(String.join("", pieces));
        assertThat(response.responseTextWithSpecialTokens).isEqualTo("Grüße!");
        assertThat(response.finishReason).isEqualTo(Generator.FinishReason.STOP_TOKEN);
        assertThat(response.generatedTokens).isEqualTo(tokenizer.encode("Grüße!", false).length + 1);
    }

    @Test
    void thePromptHasOneBosWhetherItsTextHasOneOrNone() {
        Generator generator = saying("x");
        String exact = text.promptText(List.of(Message.of("user", "Hi")), List.of());

        Generator.Response with = generate(generator, exact, 10);
        Generator.Response without = generate(generator, exact.substring("<|bos|>".length()), 10);

        assertThat(with.promptTokens).isEqualTo(without.promptTokens).isEqualTo(tokenizer.encode(exact, false).length);
    }

    @Test
    void aModelWithoutBosInTemplateAndTokenizerGetsNone() {
        TextModel model = GoldenText.saying("x", plain);

        assertThat(generate(JlamaGenerator.over(model, GoldenText.DIRECTORY), "Hi", 10).promptTokens)
                .isEqualTo(tokenizer.encode("Hi", false).length);
    }

    @Test
    void theBoundCountsNewTokens() {
        Generator.Response response = generate(saying("Hello"), "a prompt of more than two tokens<|assistant|>", 2);

        assertThat(response.generatedTokens).isEqualTo(2);
        assertThat(response.finishReason).isEqualTo(Generator.FinishReason.MAX_TOKENS);
    }

    @Test
    void anEndOfTurnThatComesFirstEndsTheAnswer() {
        Generator.Response response = generate(saying(""), "Hi<|assistant|>", 10);

        assertThat(response.responseText).isEmpty();
        assertThat(response.finishReason).isEqualTo(Generator.FinishReason.STOP_TOKEN);
    }

    @Test
    void anEndOfTurnInPlainTextEndsTheAnswer() {
        EndOfTurn written = new EndOfTurn(Set.of(GoldenText.END), List.of("USER:"));
        ModelText plainTurns = new ModelText(tokenizer, text.chatTemplate(), written);
        List<String> pieces = new ArrayList<>();
        try (JlamaGenerator generator =
                JlamaGenerator.over(GoldenText.saying("Hi.USER: and", plainTurns), GoldenText.DIRECTORY)) {
            Generator.Response response = generator
                    .generateBuilder()
                    .prompt("Hello<|assistant|>")
                    .ntokens(50)
                    .onTokenWithTimings((piece, millis) -> pieces.add(piece))
                    .generate();

            assertThat(response.responseText).isEqualTo("Hi.").isEqualTo(String.join("", pieces));
            assertThat(response.responseTextWithSpecialTokens).isEqualTo("Hi.");
            assertThat(response.finishReason).isEqualTo(Generator.FinishReason.STOP_TOKEN);
        }
    }

    @Test
    void anAnswerThatTheBoundCutsMidwayThroughAnEndOfTurnIsWhole() {
        EndOfTurn written = new EndOfTurn(Set.of(GoldenText.END), List.of("##"));
        ModelText plainTurns = new ModelText(tokenizer, text.chatTemplate(), written);
        try (JlamaGenerator generator =
                JlamaGenerator.over(GoldenText.saying("x#y", plainTurns), GoldenText.DIRECTORY)) {
            Generator.Response response = generate(generator, "Hello<|assistant|>", 2);

            assertThat(response.responseText).isEqualTo("x#");
            assertThat(response.responseTextWithSpecialTokens).isEqualTo("x#");
            assertThat(response.finishReason).isEqualTo(Generator.FinishReason.MAX_TOKENS);
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.ift4j.jlama.decoder.RandomModels#modelTypes")
    void everyArchitectureAnswersAsItsDecoderDoes(String modelType, @TempDir Path folder) throws IOException {
        Random random = new Random(5);
        ObjectNode config = RandomModels.config(modelType, random)
                .put("vocab_size", GoldenText.VOCABULARY)
                .put("bos_token_id", GoldenText.BOS)
                .put("eos_token_id", GoldenText.END);
        RandomModels.write(folder, config, RandomModels.weights(config, random));
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(GoldenText.DIRECTORY.resolve(file), folder.resolve(file));
        }
        try (TextModel model = TextModel.load(folder);
                JlamaGenerator generator = JlamaGenerator.over(model, folder)) {
            GenerationResult expected = model.generate(
                    model.chatRequest(List.of(Message.of("user", "Hi"))).withMaxNewTokens(12));
            PromptContext prompt = generator
                    .promptSupport()
                    .orElseThrow()
                    .builder()
                    .addUserMessage("Hi")
                    .build();

            Generator.Response response = generator.generate(UUID.randomUUID(), prompt, 0, 12);

            assertThat(response.responseText).isEqualTo(expected.text());
            assertThat(response.generatedTokens)
                    .isEqualTo(expected.generatedTokens())
                    .isPositive();
            assertThat(response.promptTokens).isEqualTo(expected.promptTokens());
            assertThat(generator.getConfig().vocabularySize).isEqualTo(GoldenText.VOCABULARY);
            assertThat(generator.getConfig().contextLength).isEqualTo(model.contextLength());
        }
    }

    @Test
    void aSeedMakesAnswersRepeatable() {
        FakeModel even = FakeModel.of(1_000, tokens -> new float[FakeModel.VOCABULARY]);
        TextModel model = TextModel.of("even", even, plain, GenerationDefaults.GREEDY, 1);
        JlamaGenerator generator = JlamaGenerator.over(model, GoldenText.DIRECTORY);

        assertThat(draw(generator.withSeed(1)))
                .isEqualTo(draw(generator.withSeed(1)))
                .isNotEqualTo(draw(generator.withSeed(2)));
    }

    @Test
    void tokensAreHuggingFacesBehindJlamasInterface() {
        com.github.tjake.jlama.safetensors.tokenizer.Tokenizer jlama =
                saying("x").getTokenizer();
        String text = "héllo 世界";

        long[] ids = jlama.encode(text);

        assertThat(ids)
                .hasSameSizeAs(tokenizer.encode(text, false))
                .hasSize(jlama.tokenize(text).size());
        assertThat(jlama.decode(ids)).isEqualTo(text);
        assertThat(jlama.decode(GoldenText.END)).isEqualTo("<|end|>");
    }

    @Test
    void theConfigurationIsJlamas() {
        assertThat(saying("x").getConfig().vocabularySize).isEqualTo(GoldenText.VOCABULARY);
        assertThat(saying("x").getConfig().eosTokens).containsExactly(GoldenText.END);
    }

    @Test
    void theConfigurationIsWhatJlamaReadsItself() throws IOException {
        Config ours = saying("x").getConfig();
        Config jlamas = JsonSupport.om.readValue(
                GoldenText.DIRECTORY.resolve("config.json").toFile(), LlamaConfig.class);

        assertThat(ours)
                .usingRecursiveComparison()
                .comparingOnlyFields(
                        "contextLength",
                        "embeddingLength",
                        "attentionLength",
                        "hiddenLength",
                        "numberOfHeads",
                        "numberOfKeyValueHeads",
                        "headSize",
                        "headGroupSize",
                        "kvLength",
                        "isGQA",
                        "activationFunction",
                        "numberOfLayers",
                        "layerNormEps",
                        "vocabularySize",
                        "bosToken",
                        "eosTokens")
                .isEqualTo(jlamas);
    }

    @Test
    void factorsAndCapsAreInTheConfiguration() {
        Golden gemma2 = new Golden("gemma2");
        Golden granite = new Golden("granite");

        Config capped = JlamaConfig.of(gemma2.model(), List.of(GoldenText.END));
        Config scaled = JlamaConfig.of(granite.model(), List.of(GoldenText.END));

        assertThat(capped.headSize).isEqualTo(32);
        assertThat(capped.attnLogitSoftCapping).isEqualTo(50);
        assertThat(capped.finalLogitSoftCapping).isEqualTo(30);
        assertThat(capped.embeddingMultiplier).isEqualTo(8);
        assertThat(capped.activationFunction).isEqualTo(ActivationFunction.Type.GELU_PYTORCH_TANH);
        assertThat(scaled.attnLogitSoftCapping).isNull();
        assertThat(scaled.finalLogitSoftCapping).isNull();
        assertThat(scaled.embeddingMultiplier).isEqualTo(12);
        assertThat(scaled.attentionMultiplier).isEqualTo(0.0625f);
        assertThat(scaled.residualMultiplier).isEqualTo(0.22f);
        assertThat(scaled.logitMultiplier).isEqualTo(8);
    }

    @Test
    void embeddingsAreRefusedClearly() {
        assertThatThrownBy(() -> saying("x").embed("text", Generator.PoolingType.AVG))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("ModelSupport");
    }

    @Test
    void aDirectoryThatJlamaCannotReadIsNamed(@TempDir Path empty) {
        TextModel model = GoldenText.saying("x", plain);

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> JlamaGenerator.over(model, empty))
                .withMessageContaining(empty.toString());
    }

    @Test
    void closingItTwiceOrItsModelTooHasNoFurtherEffect() {
        TextModel model = TextModel.load(GoldenText.DIRECTORY);
        JlamaGenerator generator = JlamaGenerator.over(model, GoldenText.DIRECTORY);

        generator.close();

        assertThatCode(generator::close).doesNotThrowAnyException();
        assertThatCode(model::close).doesNotThrowAnyException();
        assertThatThrownBy(() -> generate(generator, "Hi", 1)).isInstanceOf(IllegalStateException.class);
    }

    private JlamaGenerator saying(String answer) {
        TextModel model = GoldenText.saying(answer, text);
        return JlamaGenerator.over(model, GoldenText.DIRECTORY);
    }

    private static String draw(Generator generator) {
        return generator.generate(UUID.randomUUID(), PromptContext.of("x"), 1, 30).responseTextWithSpecialTokens;
    }

    private static Generator.Response generate(Generator generator, String prompt, int tokens) {
        return generator
                .generateBuilder()
                .promptContext(PromptContext.of(prompt))
                .ntokens(tokens)
                .generate();
    }
}
