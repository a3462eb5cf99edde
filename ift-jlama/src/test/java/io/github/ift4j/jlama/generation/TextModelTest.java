package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.Tokenizer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TextModelTest {
    private final Tokenizer tokenizer = Tokenizer.load(GoldenText.DIRECTORY);
    private final TextModel model = GoldenText.saying("Grüße!", tokenizer, Optional.of(GoldenText.TEMPLATE));

    @AfterEach
    void closeTokenizer() {
        tokenizer.close();
    }

    @Test
    void aChatIsReadAsItsTemplateWritesItWithOneBos() {
        GenerationRequest request = model.chatRequest(List.of(Message.of("user", "Hi")));

        assertThat(request.prompt())
                .startsWith(GoldenText.BOS)
                .endsWith(GoldenText.ASSISTANT)
                .containsOnlyOnce(GoldenText.BOS);
        assertThat(tokenizer.decode(request.prompt(), false)).isEqualTo("<|bos|><|user|>Hi<|end|><|assistant|>");
        assertThat(model.generate(request).text()).isEqualTo("Grüße!");
    }

    @Test
    void aRequestCarriesTheDefaultsOfTheModel() {
        GenerationRequest request = model.textRequest("Once");

        assertThat(request.sampling()).isEqualTo(SamplingParameters.GREEDY);
        assertThat(request.stopTokens()).containsExactly(GoldenText.END);
        assertThat(request.maxNewTokens()).isEqualTo(Integer.MAX_VALUE);
        assertThat(request.prompt()).isEqualTo(tokenizer.encode("Once", true));
    }

    @Test
    void withoutATemplatePlainTextOnlyIsRead() {
        TextModel plain = GoldenText.saying("x", tokenizer, Optional.empty());

        assertThat(plain.hasChatTemplate()).isFalse();
        assertThat(plain.generate(plain.textRequest("Once")).finishReason()).isEqualTo(FinishReason.STOP);
        assertThatIllegalStateException()
                .isThrownBy(() -> plain.chatRequest(List.of(Message.of("user", "Hi"))))
                .withMessageContaining("golden has no chat template")
                .withMessageContaining("give one");
    }

    @Test
    void aClosedModelRefusesRequests() {
        GenerationRequest request = model.textRequest("Once");
        model.close();

        assertThatIllegalStateException()
                .isThrownBy(() -> model.generate(request))
                .withMessageContaining("closed");
    }
}
