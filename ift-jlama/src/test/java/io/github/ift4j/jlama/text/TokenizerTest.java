package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    @TempDir
    Path directory;

    @Test
    void textOfAnyScriptComesBackFromItsTokens() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            String text = "Naïve 漢字 👩‍👩‍👧 <|user|> \t\n end";
            assertThat(tokenizer.decode(tokenizer.encode(text, false), false)).isEqualTo(text);
        }
    }

    @Test
    void offsetsCountCharsNotCodePoints() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            Encoding encoding = tokenizer.encodeWithOffsets("👩x", false);
            int last = encoding.length() - 1;
            assertThat(encoding.starts()[last]).isEqualTo(2);
            assertThat(encoding.ends()[last]).isEqualTo(3);
            assertThat(encoding.starts()[0]).isZero();
            assertThat(encoding.ends()[0]).isEqualTo(2);
        }
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> Tokenizer.load(directory))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer.json");
    }

    @Test
    void aFileThatIsNotJsonIsNamedWithItsLine() throws IOException {
        Files.writeString(directory.resolve("tokenizer.json"), "{\n\"model\": oops}");
        assertThatThrownBy(() -> Tokenizer.load(directory))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer.json")
                .hasMessageContaining("line 2");
    }
}
