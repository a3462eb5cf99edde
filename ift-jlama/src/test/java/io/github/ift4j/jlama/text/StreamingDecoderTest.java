package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.text.TokenizerFixtures.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StreamingDecoderTest {
    private static final String TEXT = " hello a  b é 漢字 👩‍👩‍👧 <s>a</s> it's, a\n\nb.";

    @TempDir
    Path directory;

    static Stream<Arguments> tokenizers() {
        return Stream.of(
                Arguments.of("ByteLevel", (Fixture) TokenizerFixtures::byteLevel),
                Arguments.of("byte fallback", (Fixture) TokenizerFixtures::byteFallback),
                Arguments.of("Metaspace", (Fixture) TokenizerFixtures::unigram),
                Arguments.of("WordPiece", (Fixture) TokenizerFixtures::wordPiece),
                Arguments.of("WordPiece, cleaned up", (Fixture) StreamingDecoderTest::cleanedUp),
                Arguments.of("Metaspace, cleaned up", (Fixture) directory -> {
                    TokenizerFixtures.unigram(directory);
                    cleanUp(directory);
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tokenizers")
    void thePartsOfATextAddUpToIt(String name, Fixture fixture) throws IOException {
        fixture.write(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            assertStreams(tokenizer, tokenizer.encode(TEXT, true));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tokenizers")
    void thePartsOfAnyTokensAddUpToWhatTheyDecodeTo(String name, Fixture fixture) throws IOException {
        fixture.write(directory);
        Random random = new Random(7);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            for (int round = 0; round < 300; round++) {
                int[] ids = new int[random.nextInt(40)];
                // Ids beyond the vocabulary, and runs of a few ids, as an untrained model makes them.
                int range = random.nextBoolean() ? tokenizer.vocabularySize() + 5 : 1 + random.nextInt(20);
                int first = random.nextInt(tokenizer.vocabularySize());
                Arrays.setAll(ids, i -> (first + random.nextInt(range)) % (tokenizer.vocabularySize() + 5));
                assertStreams(tokenizer, ids);
            }
        }
    }

    private static void assertStreams(Tokenizer tokenizer, int[] ids) {
        for (boolean skipSpecialTokens : new boolean[] {false, true}) {
            StreamingDecoder decoder = tokenizer.newStreamingDecoder(skipSpecialTokens);
            StringBuilder text = new StringBuilder();
            for (int id : ids) {
                String part = decoder.append(id);
                assertThat(part).isEqualTo(WellFormed.of(part));
                text.append(part);
            }
            text.append(decoder.flush());
            assertThat(text.toString()).as(Arrays.toString(ids)).isEqualTo(tokenizer.decode(ids, skipSpecialTokens));
        }
    }

    private static void cleanedUp(Path directory) throws IOException {
        TokenizerFixtures.wordPiece(directory);
        ObjectNode root = TokenizerFixtures.read(directory);
        // The library's own clean-up would leave nothing to do.
        ((ObjectNode) root.path("decoder")).put("cleanup", false);
        TokenizerFixtures.write(directory, root);
        cleanUp(directory);
    }

    private static void cleanUp(Path directory) throws IOException {
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"clean_up_tokenization_spaces\": true}");
    }

    @Test
    void spacesBeforePunctuationAreCleanedUpWhereTheConfigurationSaysSo() throws IOException {
        cleanedUp(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            int[] ids = tokenizer.encode("hello, a b.", false);
            assertThat(tokenizer.decode(ids, true)).isEqualTo("hello, a b.");
            assertThat(tokenizer.decodeExactly(ids, true)).isEqualTo("hello , a b .");
        }
    }

    /** The current transformers takes no space from a tokenizer that keeps spaces, unless it is told twice. */
    @Test
    void bytePairsKeepTheirSpaces() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        cleanUp(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            assertThat(tokenizer.decode(tokenizer.encode("a . b", false), true)).isEqualTo("a . b");
        }
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"clean_up_tokenization_spaces\": true,"
                        + " \"clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output\": true}");
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            int[] ids = tokenizer.encode("a . b", false);
            assertThat(tokenizer.decode(ids, true)).isEqualTo("a. b");
            assertStreams(tokenizer, ids);
        }
    }

    @Test
    void aCharacterOfSeveralTokensComesWithItsLast() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            StreamingDecoder decoder = tokenizer.newStreamingDecoder(true);
            int[] ids = tokenizer.encode("a👩b", false);
            assertThat(Arrays.stream(ids).mapToObj(decoder::append)).containsExactly("a", "", "", "", "👩", "b");
        }
    }

    @Test
    void wordsComeAsSoonAsTheyAreCertain() throws IOException {
        TokenizerFixtures.byteFallback(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            StreamingDecoder decoder = tokenizer.newStreamingDecoder(true);
            int[] ids = tokenizer.encode("hello a", false);
            assertThat(Arrays.stream(ids).mapToObj(decoder::append)).containsExactly("hello", " a");
        }
    }

    @Test
    void anEndlessRunOfWrongBytesDoesNotSlowDown() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            StreamingDecoder decoder = tokenizer.newStreamingDecoder(true);
            int wrong = tokenizer.idOf("ÿ").orElseThrow();
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 20_000; i++) {
                text.append(decoder.append(wrong));
            }
            assertThat(text.append(decoder.flush()).toString()).isEqualTo("\uFFFD".repeat(20_000));
        }
    }

    @Test
    void aClosedTokenizerIsNotUsed() throws IOException {
        TokenizerFixtures.byteFallback(directory);
        Tokenizer tokenizer = Tokenizer.load(directory);
        StreamingDecoder decoder = tokenizer.newStreamingDecoder(true);
        tokenizer.close();
        tokenizer.close();
        int id = tokenizer.idOf("a").orElseThrow();
        assertThatThrownBy(() -> decoder.append(id)).isInstanceOf(IllegalStateException.class);
    }
}
