package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Tokens and texts of models in the shared folder, as {@code AutoTokenizer} of transformers 4.57.6 gives them. */
class RealTokenizerTest {
    private static final String TEXT = "  Two  spaces, it's 1234 naïve\n\n漢字 👩";

    /** A SentencePiece vocabulary without byte fallback, of class LlamaTokenizer. */
    @Test
    void tinyStories() {
        try (Tokenizer tokenizer = load("models", "tinystories-656k")) {
            assertTokens(tokenizer, "", 1);
            assertTokens(tokenizer, "Hello there .", 1, 80, 1288, 139, 248, 10);
            assertTokens(
                    tokenizer, TEXT, 1, 80, 80, 80, 45, 75, 139, 80, 415, 53, 55, 595, 1399, 12, 13, 14, 15, 80, 557, 0,
                    1032, 3, 3, 0, 80, 0);
            assertTokens(tokenizer, "<|start_story|>Once<|end_story|>x", 1, 1, 147, 682, 208, 183, 209, 210, 76);
            int[] ids = tokenizer.encode(TEXT, true);
            assertThat(tokenizer.decode(ids, false))
                    .isEqualTo("<|start_story|>   Two  spaces, it's 1234 na<unk>ve\n\n<unk> <unk>");
            assertThat(tokenizer.decode(ids, true)).isEqualTo("  Two  spaces, it's 1234 nave\n\n ");
        }
    }

    /** Bytes, of class PreTrainedTokenizerFast and without a post-processor. */
    @Test
    void bytes() {
        try (Tokenizer tokenizer = load("golden", "llama/model")) {
            assertTokens(tokenizer, "");
            assertTokens(tokenizer, "Hello there .", 72, 101, 274, 111, 32, 256, 258, 101, 32, 46);
            assertThat(tokenizer.decode(tokenizer.encode(TEXT, true), false)).isEqualTo(TEXT);
        }
    }

    private static Tokenizer load(String folder, String model) {
        Path found = SharedFolder.find(folder).orElse(null);
        assumeTrue(found != null, "../shared/" + folder + " is absent");
        return Tokenizer.load(found.resolve(model));
    }

    private static void assertTokens(Tokenizer tokenizer, String text, int... ids) {
        assertThat(tokenizer.encode(text, true)).as(text).containsExactly(ids);
    }
}
