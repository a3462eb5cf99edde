package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.EndOfTurn;
import io.github.ift4j.jlama.text.ModelText;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TextModelTest {
    private final ModelText text = ModelText.load(GoldenText.DIRECTORY, Optional.empty());
    private final TextModel model = GoldenText.saying("Grüße!", text);

    @AfterEach
    void closeText() {
        text.close();
    }

    @Test
    void aChatIsReadAsItsTemplateWritesItWithOneBos() {
        GenerationRequest request = model.chatRequest(List.of(Message.of("user", "Hi")));

        assertThat(request.prompt())
                .startsWith(GoldenText.BOS)
                .endsWith(GoldenText.ASSISTANT)
                .containsOnlyOnce(GoldenText.BOS);
        assertThat(text.tokenizer().decode(request.prompt(), false)).isEqualTo("<|bos|><|user|>Hi<|end|><|assistant|>");
        assertThat(model.generate(request).text()).isEqualTo("Grüße!");
    }

    @Test
    void aRequestCarriesTheDefaultsOfTheModel() {
        GenerationRequest request = model.textRequest("Once");

        assertThat(request.sampling()).isEqualTo(SamplingParameters.GREEDY);
        assertThat(request.stopTokens()).containsExactly(GoldenText.END);
        assertThat(request.maxNewTokens()).isEqualTo(Integer.MAX_VALUE);
        assertThat(request.prompt()).isEqualTo(text.tokenizer().encode("Once", true));
    }

    @Test
    void anEndOfTurnInPlainTextEndsChatsAndNotPlainText() {
        EndOfTurn written = new EndOfTurn(Set.of(GoldenText.END), List.of("USER:"));
        TextModel chatty =
                GoldenText.saying("Hi.USER: and", new ModelText(text.tokenizer(), text.chatTemplate(), written));

        GenerationRequest chat = chatty.chatRequest(List.of(Message.of("user", "Hi")));

        assertThat(chatty.generate(chat).text()).isEqualTo("Hi.");
        assertThat(chatty.textRequest("Hi").stopStrings()).isEmpty();
    }

    @Test
    void withoutATemplatePlainTextOnlyIsRead() {
        TextModel plain = GoldenText.saying("x", new ModelText(text.tokenizer(), Optional.empty(), text.endOfTurn()));

        assertThat(plain.generate(plain.textRequest("Once")).finishReason()).isEqualTo(FinishReason.STOP);
        assertThatIllegalStateException()
                .isThrownBy(() -> plain.chatRequest(List.of(Message.of("user", "Hi"))))
                .withMessageContaining("no chat template")
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
