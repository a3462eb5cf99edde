package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndOfTurnTest {
    private static final int EOS = 257;
    private static final int END = 262;

    @TempDir
    Path directory;

    @BeforeEach
    void writeTokenizer() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        write("tokenizer_config.json", "{\"eos_token\": \"</s>\"}");
    }

    @Test
    void everySourceOfStopTokensCounts() throws IOException {
        write("config.json", "{\"eos_token_id\": 3}");
        write("generation_config.json", "{\"eos_token_id\": [4, 5]}");
        write("chat_template.jinja", "{% for m in messages %}{{ m.content + '<|end|>\n' }}{% endfor %}");
        assertThat(endOfTurn().tokens()).containsExactlyInAnyOrder(3, 4, 5, EOS, END);
        assertThat(endOfTurn().strings()).isEmpty();
    }

    @Test
    void aModelWithoutATemplateStopsAtEos() throws IOException {
        write("config.json", "{\"eos_token_id\": null}");
        assertThat(endOfTurn()).isEqualTo(new EndOfTurn(Set.of(EOS), List.of()));
    }

    @Test
    void aTemplateThatClosesTurnsByPlainTextStopsThere() throws IOException {
        write(
                "chat_template.jinja",
                "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|im_end|>\n' }}{% endfor %}");
        assertThat(endOfTurn().strings()).containsExactly("<|im_end|>");
    }

    /** SentencePiece tokenizers whose special tokens are normalized know them only after a space. */
    @Test
    void anEosThatIsNoTokenWhereTheTemplateWritesItEndsTheTurnAsText() throws IOException {
        TokenizerFixtures.byteFallback(directory);
        ObjectNode root = TokenizerFixtures.read(directory);
        root.withArray("added_tokens").forEach(token -> ((ObjectNode) token).put("normalized", true));
        TokenizerFixtures.write(directory, root);
        write("chat_template.jinja", "{% for m in messages %}{{ m.content + eos_token }}{% endfor %}");
        assertThat(endOfTurn().strings()).containsExactly("</s>");
    }

    @Test
    void theHeaderOfTheNextTurnIsNoEndOfTurn() throws IOException {
        write(
                "chat_template.jinja",
                "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '\n' }}{% endfor %}");
        assertThat(endOfTurn()).isEqualTo(new EndOfTurn(Set.of(EOS), List.of()));
    }

    @Test
    void aTemplateThatWantsToolsIsAskedWithOne() throws IOException {
        write(
                "chat_template.jinja",
                "{% for t in tools %}{{ t.function.name }}{% endfor %}"
                        + "{% for m in messages %}{{ m.content + '<|end|>' }}{% endfor %}");
        assertThat(endOfTurn().tokens()).containsExactlyInAnyOrder(EOS, END);
    }

    @Test
    void aTemplateThatRefusesEverythingAddsNothing() throws IOException {
        write("chat_template.jinja", "{{ raise_exception('no') }}");
        assertThat(endOfTurn().tokens()).containsExactly(EOS);
    }

    @Test
    void anIdOfTheWrongTypeIsRefused() throws IOException {
        write("generation_config.json", "{\"eos_token_id\": \"two\"}");
        assertThatThrownBy(this::endOfTurn)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("generation_config.json")
                .hasMessageContaining("eos_token_id");
    }

    private EndOfTurn endOfTurn() {
        try (ModelText text = ModelText.load(directory, Optional.empty())) {
            return text.endOfTurn();
        }
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(directory.resolve(file), text);
    }
}
