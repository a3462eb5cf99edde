package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tjake.jlama.model.functions.Generator;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
