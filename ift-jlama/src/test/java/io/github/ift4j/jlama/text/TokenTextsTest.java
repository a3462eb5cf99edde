package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.jlama.generation.guided.Grammar;
import io.github.ift4j.jlama.generation.guided.Guide;
import io.github.ift4j.jlama.generation.guided.GuideVocabulary;
import io.github.ift4j.jlama.generation.guided.GuidedAnswer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tokens write, and that guided answers of each kind of tokenizer are what was asked for once they are decoded. */
class TokenTextsTest {
    @TempDir
    private Path folder;

    private Tokenizer load(TokenizerFixtures.Fixture fixture) throws IOException {
        fixture.write(folder);
        return Tokenizer.load(folder);
    }

    private static String later(Tokenizer tokenizer, String token) {
        return new String(tokenizer.tokenTexts().later(tokenizer.idOf(token).orElseThrow()), StandardCharsets.UTF_8);
    }

    private static String first(Tokenizer tokenizer, String token) {
        return new String(tokenizer.tokenTexts().first(tokenizer.idOf(token).orElseThrow()), StandardCharsets.UTF_8);
    }

    @Test
    void byteLevelTokensAreTheirBytes() throws IOException {
        try (Tokenizer tokenizer = load(TokenizerFixtures::byteLevel)) {
            TokenTexts texts = tokenizer.tokenTexts();
            assertThat(texts.areTheSameEverywhere()).isTrue();
            assertThat(later(tokenizer, "Ġthe")).isEqualTo(" the");
            assertThat(texts.later(tokenizer.idOf("é").orElseThrow())).containsExactly(0xE9);
            assertThat(texts.later(tokenizer.idOf("<|end|>").orElseThrow())).isNull();
        }
    }

    @Test
    void aSentencePieceTokenLeavesItsSpaceOutAtTheStart() throws IOException {
        try (Tokenizer tokenizer = load(TokenizerFixtures::byteFallback)) {
            assertThat(first(tokenizer, "▁hello")).isEqualTo("hello");
            assertThat(later(tokenizer, "▁hello")).isEqualTo(" hello");
            assertThat(first(tokenizer, "▁")).isEmpty();
            assertThat(first(tokenizer, "<0x20>")).isEmpty();
            assertThat(later(tokenizer, "<0x20>")).isEqualTo(" ");
            assertThat(tokenizer.tokenTexts().later(tokenizer.idOf("<0xE6>").orElseThrow()))
                    .containsExactly(0xE6);
        }
        try (Tokenizer tokenizer = load(TokenizerFixtures::unigram)) {
            assertThat(first(tokenizer, "▁hello")).isEqualTo("hello");
            assertThat(later(tokenizer, "▁hello")).isEqualTo(" hello");
        }
    }

    @Test
    void aTokenizerThatCleansSpacesUpIsRefused() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"clean_up_tokenization_spaces\": true}");
        try (Tokenizer tokenizer = load(TokenizerFixtures::wordPiece)) {
            assertThatThrownBy(tokenizer::tokenTexts)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("byte-level or SentencePiece");
        }
    }

    @Test
    void guidedAnswersDecodeToTextsThatFit() throws IOException {
        String json = "\\{\"a\": ?(\"([^\"\\\\\\x00-\\x1f]|\\\\[\"nrt])*\"|[a-zé漢]{1,3})\\}";
        for (TokenizerFixtures.Fixture fixture :
                List.<TokenizerFixtures.Fixture>of(TokenizerFixtures::byteLevel, TokenizerFixtures::byteFallback)) {
            try (Tokenizer tokenizer = load(fixture)) {
                check(tokenizer, json);
                check(tokenizer, "hello( hello)* ?");
                check(tokenizer, "[漢字é]{2,5}( a)?");
            }
        }
        try (Tokenizer tokenizer = load(TokenizerFixtures::unigram)) {
            check(tokenizer, "hello( hello)*");
            check(tokenizer, "[ab]{2,5}( a)*é?");
        }
    }

    private static void check(Tokenizer tokenizer, String regex) {
        GuideVocabulary vocabulary = GuideVocabulary.of(tokenizer.tokenTexts(), tokenizer.vocabularySize(), Set.of());
        Guide guide = Guide.of(Grammar.regex(regex), vocabulary);
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            StreamingDecoder decoder = tokenizer.newStreamingDecoder(true);
            StringBuilder streamed = new StringBuilder();
            List<Integer> ids = new ArrayList<>();
            GuidedAnswer answer = guide.start();
            for (int left = guide.minTokens() + seed % 30; left > 0; left--) {
                float[] logits = new float[tokenizer.vocabularySize()];
                if (!answer.restrict(logits, left, Set.of()) || answer.mayEnd() && random.nextInt(8) == 0) {
                    break;
                }
                int token = random.ints(0, logits.length)
                        .filter(id -> logits[id] == 0)
                        .findFirst()
                        .orElseThrow();
                answer.advance(token);
                ids.add(token);
                streamed.append(decoder.append(token));
            }
            streamed.append(decoder.flush());
            String text =
                    tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray(), true);
            assertThat(streamed.toString()).matches("(?s)" + regex);
            assertThat(text).isEqualTo(streamed.toString());
        }
    }
}
