package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.text.TokenizerFixtures.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    @TempDir
    Path directory;

    @Test
    void textOfAnyScriptComesBackFromItsTokens() throws IOException {
        String text = "Naïve 漢字 👩‍👩‍👧 <|user|> \t\n\0 end";
        with(
                TokenizerFixtures::byteLevel,
                tokenizer -> assertThat(tokenizer.decode(tokenizer.encode(text, false), false))
                        .isEqualTo(text));
        with(
                TokenizerFixtures::byteFallback,
                tokenizer -> assertThat(tokenizer.decode(tokenizer.encode(text, false), false))
                        .isEqualTo(text));
    }

    @Test
    void offsetsCountCharsNotCodePoints() throws IOException {
        with(TokenizerFixtures::byteLevel, tokenizer -> {
            Encoding encoding = tokenizer.encodeWithOffsets("👩x", false);
            assertThat(encoding.starts()).containsExactly(0, 0, 0, 0, 2);
            assertThat(encoding.ends()).containsExactly(2, 2, 2, 2, 3);
        });
    }

    @Test
    void offsetsLeaveNoCharOut() throws IOException {
        with(TokenizerFixtures::byteLevel, tokenizer -> {
            Encoding encoding = tokenizer.encodeWithOffsets("hello the  \n end", false);
            int covered = 0;
            for (int t = 0; t < encoding.length(); t++) {
                assertThat(encoding.starts()[t]).isEqualTo(covered);
                covered = encoding.ends()[t];
            }
            assertThat(covered).isEqualTo("hello the  \n end".length());
        });
    }

    @Test
    void tokensThatTheTokenizerAddsHaveNoPlaceInTheText() throws IOException {
        with(TokenizerFixtures::wordPiece, tokenizer -> {
            Encoding encoding = tokenizer.encodeWithOffsets("Hello", true);
            assertThat(encoding.ids()).containsExactly(2, 4, 3);
            assertThat(encoding.starts()).containsExactly(Encoding.ADDED, 0, Encoding.ADDED);
            assertThat(tokenizer.encode("Hello", false)).containsExactly(4);
        });
    }

    @Test
    void nothingIsCutOffAndNothingPadded() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        ObjectNode root = TokenizerFixtures.read(directory);
        root.putObject("truncation")
                .put("direction", "Right")
                .put("max_length", 3)
                .put("strategy", "LongestFirst")
                .put("stride", 0);
        ObjectNode padding = root.putObject("padding")
                .put("direction", "Right")
                .putNull("pad_to_multiple_of")
                .put("pad_id", 258)
                .put("pad_type_id", 0)
                .put("pad_token", "<pad>");
        padding.putObject("strategy").put("Fixed", 700);
        TokenizerFixtures.write(directory, root);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            assertThat(tokenizer.encode("x".repeat(600), true)).hasSize(600);
            assertThat(tokenizer.encode("x", true)).hasSize(1);
        }
    }

    @Test
    void halfASurrogatePairReadsAsTheReplacementCharacter() throws IOException {
        with(TokenizerFixtures::byteLevel, tokenizer -> {
            String broken = "a\ud83dé👩\udc00";
            assertThat(tokenizer.decode(tokenizer.encode(broken, false), false)).isEqualTo("a\ufffdé👩\ufffd");
            assertThat(tokenizer.encodeWithOffsets(broken, false).ends()).endsWith(broken.length());
        });
    }

    @Test
    void theVocabularyIsKnown() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": \"</s>\", \"pad_token\": null, \"mask_token\":"
                        + " \"<mask>\"}");
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            assertThat(tokenizer.idOf("<s>")).hasValue(256);
            assertThat(tokenizer.idOf("hello")).isPresent();
            assertThat(tokenizer.idOf("nothing")).isEmpty();
            assertThat(tokenizer.tokenOf(256)).isEqualTo("<s>");
            assertThat(tokenizer.tokenOf(-1)).isNull();
            assertThat(tokenizer.tokenOf(1_000_000)).isNull();
            assertThat(tokenizer.isSpecial(256)).isTrue();
            assertThat(tokenizer.isSpecial(0)).isFalse();
            assertThat(tokenizer.specialTokens().bos()).isEqualTo("<s>");
            assertThat(tokenizer.specialTokens().pad()).isNull();
            // A named token that the file does not list gets the next free id, as in transformers.
            assertThat(tokenizer.idOf("<mask>")).hasValue(tokenizer.vocabularySize() - 1);
            assertThat(tokenizer.encode("<mask>", false)).containsExactly(tokenizer.vocabularySize() - 1);
        }
    }

    @Test
    void theIdsTheVocabularyTellsAreThoseThatTheLibraryUses() throws IOException {
        for (Fixture fixture : List.<Fixture>of(
                TokenizerFixtures::byteLevel,
                TokenizerFixtures::byteFallback,
                TokenizerFixtures::unigram,
                TokenizerFixtures::wordPiece)) {
            fixture.write(directory);
            ObjectNode root = TokenizerFixtures.read(directory);
            for (String token : List.of("<new>", "<|x|>")) {
                root.withArray("added_tokens")
                        .addObject()
                        .put("id", 7)
                        .put("content", token)
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", token.equals("<|x|>"));
            }
            TokenizerFixtures.write(directory, root);
            with(ignored -> {}, tokenizer -> {
                for (String token : List.of("<new>", "<|x|>")) {
                    int id = tokenizer.idOf(token).orElseThrow();
                    assertThat(tokenizer.encode(token, false)).containsExactly(id);
                    assertThat(tokenizer.tokenOf(id)).isEqualTo(token);
                    assertThat(tokenizer.decode(new int[] {id}, true)).isEqualTo(tokenizer.isSpecial(id) ? "" : token);
                }
            });
        }
    }

    @Test
    void theConfigurationDecidesWhetherBosAndEosAreAdded() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        String names = "\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"";
        assertThat(encodedWith("{" + names + "}")).isEqualTo("a");
        assertThat(encodedWith("{" + names + ", \"add_bos_token\": true}")).isEqualTo("<s>a");
        assertThat(encodedWith("{" + names + ", \"add_bos_token\": true, \"add_eos_token\": true}"))
                .isEqualTo("<s>a</s>");
        assertThat(encodedWith("{" + names + ", \"add_bos_token\": false, \"tokenizer_class\": \"LlamaTokenizer\"}"))
                .isEqualTo("a");
        assertThat(encodedWith("{\"bos_token\": null, \"add_bos_token\": true}"))
                .isEqualTo("a");
    }

    @Test
    void tokenizersWithoutAConfigurationHaveTheSpecialTokensOfTheirClass() throws IOException {
        TokenizerFixtures.byteFallback(directory);
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"LlamaTokenizer\"}");
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            assertThat(tokenizer.specialTokens().eos()).isEqualTo("</s>");
            assertThat(tokenizer.encode("a", true)[0]).isEqualTo(1);
        }
    }

    @Test
    void manyThreadsMayUseOneTokenizer() throws Exception {
        TokenizerFixtures.byteLevel(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Boolean>> rounds = threads.invokeAll(IntStream.range(0, 200)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        String text = "hello the " + "é漢👩 ".repeat(i % 7) + i;
                        return tokenizer
                                .decode(tokenizer.encode(text, i % 2 == 0), false)
                                .equals(text);
                    })
                    .toList());
            for (Future<Boolean> round : rounds) {
                assertThat(round.get()).isTrue();
            }
        }
    }

    @Test
    void closingWhileOthersEncodeEndsInAnExceptionAtMost() throws Exception {
        TokenizerFixtures.byteLevel(directory);
        Tokenizer tokenizer = Tokenizer.load(directory);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> running = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> {
                        int calls = 0;
                        try {
                            while (true) {
                                tokenizer.encode("hello the end", false);
                                calls++;
                            }
                        } catch (IllegalStateException e) {
                            return calls;
                        }
                    }))
                    .toList();
            tokenizer.close();
            for (Future<Integer> each : running) {
                assertThat(each.get()).isNotNegative();
            }
        }
        assertThatThrownBy(() -> tokenizer.encode("a", false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
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

    /** Each of these would end the process if it reached the native library, or is refused by it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"model\": 5}",
                "{\"model\": {\"type\": \"Magic\", \"vocab\": {}}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 4294967295}, \"merges\": []}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1}, \"merges\": [\"a b\"]}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\": [\"a b\"],"
                        + " \"continuing_subword_prefix\": \"######\"}}",
                "{\"model\": {\"type\": \"Unigram\", \"vocab\": [], \"unk_id\": 0}}",
                "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", 1e999]], \"unk_id\": 0}}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"},"
                        + " \"decoder\": {\"type\": \"Strip\", \"content\": \"a\", \"start\": 1, \"stop\": 1}}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"},"
                        + " \"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"},"
                        + " \"normalizer\": {\"type\": \"Prepend\", \"prepend\": \"\"}}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"}, \"normalizer\":"
                        + " {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(?=a)\"}, \"content\": \"y\"}}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"},"
                        + " \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"(a+)+$\"},"
                        + " \"behavior\": \"Isolated\", \"invert\": false}}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"},"
                        + " \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\":"
                        + " {\"id\": \"b\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}],"
                        + " \"pair\": [], \"special_tokens\": {}}}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"},"
                        + " \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\":"
                        + " {\"id\": \"B\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {}}}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"}, \"normalizer\":"
                        + " {\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}, \"added_tokens\":"
                        + " [{\"id\": 0, \"content\": \"\\n"
                        + "\", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": true,"
                        + " \"special\": true}]}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"}, \"added_tokens\":"
                        + " 7}",
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"}, \"added_tokens\":"
                        + " [7]}"
            })
    void aFileThatIsNoSafeTokenizerIsRefused(String json) throws IOException {
        Files.writeString(directory.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> Tokenizer.load(directory))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer.json: ")
                .message()
                .hasLineCount(1);
    }

    @Test
    void aConfigurationOfTheWrongShapeIsRefused() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        for (String config : List.of("{\"bos_token\": 5}", "[]", "{", "{\"added_tokens_decoder\": {\"x\": {}}}")) {
            Files.writeString(directory.resolve("tokenizer_config.json"), config);
            assertThatThrownBy(() -> Tokenizer.load(directory))
                    .as(config)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("tokenizer_config.json");
        }
    }

    private String encodedWith(String config) throws IOException {
        Files.writeString(directory.resolve("tokenizer_config.json"), config);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            return tokenizer.decode(tokenizer.encode("a", true), false);
        }
    }

    private void with(Fixture fixture, Consumer<Tokenizer> test) throws IOException {
        fixture.write(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            test.accept(tokenizer);
        }
    }
}
