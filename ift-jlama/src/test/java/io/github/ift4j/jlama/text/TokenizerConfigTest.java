package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the configuration beside a tokenizer.json changes. Every expectation is what {@code AutoTokenizer} of transformers 4.57.6
 * gives for the same files, and of 5.18.0 but for the classes that add BOS by themselves.
 */
class TokenizerConfigTest {
    private static final String GENERIC =
            "\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"bos_token\": \"<s>\", \"eos_token\": \"</s>\"";

    /** {@code <s>} and {@code </s>}; the next free id is 266. */
    private static final int NEXT = 266;

    private static final String X_STRIPS_LEFT =
            "{\"__type\": \"AddedToken\", \"content\": \"<x>\", \"lstrip\": true, \"rstrip\": false,"
                    + " \"normalized\": false, \"single_word\": false}";

    @TempDir
    Path directory;

    @BeforeEach
    void writeTokenizer() throws IOException {
        TokenizerFixtures.byteLevel(directory, List.of("<s>", "</s>"));
    }

    @Test
    void additionalSpecialTokensAreTokens() throws IOException {
        config(GENERIC);
        assertThat(tokens("a <x> b")).containsExactly("a", "Ġ", "<", "x", ">", "Ġ", "b");
        config(GENERIC + ", \"additional_special_tokens\": [\"<x>\"]");
        assertThat(tokens("a <x> b")).containsExactly("a", "Ġ", "<x>", "Ġ", "b");
        assertThat(shown("a <x> b")).isEqualTo("a  b");
        config(GENERIC + ", \"additional_special_tokens\": [" + X_STRIPS_LEFT + "]");
        assertThat(tokens("a <x> b")).containsExactly("a", "<x>", "Ġ", "b");
    }

    @Test
    void extraSpecialTokensHaveNamesThatTemplatesKnow() throws IOException {
        config(GENERIC + ", \"extra_special_tokens\": {\"image_token\": \"<x>\"}");
        assertThat(tokens("a <x> b")).containsExactly("a", "Ġ", "<x>", "Ġ", "b");
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            assertThat(tokenizer.specialTokens().all())
                    .isEqualTo(Map.of("bos_token", "<s>", "eos_token", "</s>", "image_token", "<x>"));
        }
        config(GENERIC + ", \"extra_special_tokens\": [\"<x>\"]");
        assertThat(tokens("a <x> b")).containsExactly("a", "Ġ", "<x>", "Ġ", "b");
    }

    @Test
    void newTokensGetTheirIdsInTheOrderOfTheirRoles() throws IOException {
        config(GENERIC + ", \"mask_token\": \"<m>\", \"pad_token\": \"<p>\", \"additional_special_tokens\": [\"<a>\"],"
                + " \"sep_token\": \"<e>\", \"extra_special_tokens\": {\"image_token\": \"<i>\"}, \"unk_token\":"
                + " \"<u>\"");
        assertThat(ids("<u><e><p><m><a><i>")).containsExactly(NEXT, NEXT + 1, NEXT + 2, NEXT + 3, NEXT + 4, NEXT + 5);
    }

    @Test
    void listedTokensGetTheirIdsInTheOrderOfTheListedIds() throws IOException {
        config(GENERIC
                + ", \"added_tokens_decoder\": {\"1010\": {\"content\": \"<x>\"}, \"999\": {\"content\": \"<y>\"}}");
        assertThat(ids("<y><x>")).containsExactly(NEXT, NEXT + 1);
    }

    @Test
    void aTokenThatEitherFileCallsSpecialIsSpecial() throws IOException {
        String listed = ", \"added_tokens_decoder\": {\"266\": {\"content\": \"<x>\", \"special\": %s}}";
        for (boolean inFile : new boolean[] {false, true}) {
            for (boolean inConfig : new boolean[] {false, true}) {
                writeTokenizer();
                add("<x>", inFile);
                config(GENERIC + listed.formatted(inConfig));
                assertThat(shown("a<x>b")).isEqualTo(inFile || inConfig ? "ab" : "a<x>b");
            }
        }
    }

    @Test
    void aRoleBringsItsFlagsUnlessTheTokenIsKnown() throws IOException {
        config(GENERIC.replace("\"</s>\"", X_STRIPS_LEFT));
        assertThat(tokens("a <x> b")).containsExactly("a", "<x>", "Ġ", "b");
        add("<x>", true);
        assertThat(tokens("a <x> b")).containsExactly("a", "Ġ", "<x>", "Ġ", "b");
    }

    @Test
    void theMapOfSpecialTokensCountsOnlyBesideConfigurationsOfTheOldForm() throws IOException {
        write("special_tokens_map.json", "{\"eos_token\": " + X_STRIPS_LEFT + "}");
        config(GENERIC);
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            assertThat(tokenizer.specialTokens().eos()).isEqualTo("<x>");
        }
        assertThat(tokens("a <x> b")).containsExactly("a", "<x>", "Ġ", "b");
        config(GENERIC + ", \"added_tokens_decoder\": {\"256\": {\"content\": \"<s>\", \"special\": true}}");
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            assertThat(tokenizer.specialTokens().eos()).isEqualTo("</s>");
        }
    }

    @Test
    void tokensOfAddedTokensJsonAreAddedInTheOrderOfTheirIds() throws IOException {
        write("added_tokens.json", "{\"<y>\": 1300, \"<x>\": 1299}");
        config(GENERIC + ", \"pad_token\": \"<y>\"");
        assertThat(ids("<x><y>")).containsExactly(NEXT, NEXT + 1);
        assertThat(shown("a<x><y>")).isEqualTo("a<x>");
        config(GENERIC + ", \"added_tokens_decoder\": {\"256\": {\"content\": \"<s>\", \"special\": true}}");
        assertThat(tokens("<x>")).containsExactly("<", "x", ">");
    }

    @Test
    void aRoleOfNullOrNothingIsNotDefined() throws IOException {
        for (String nothing : List.of("null", "\"\"")) {
            config("\"bos_token\": " + nothing + ", \"eos_token\": \"</s>\"");
            write("chat_template.jinja", "{{ bos_token is defined }}{{ bos_token }}");
            try (ModelText text = ModelText.load(directory, Optional.empty())) {
                assertThat(text.promptText(List.of(Message.of("user", "a")), List.of()))
                        .isEqualTo("False");
            }
        }
    }

    @Test
    void onlyClassesThatWriteTheirPostProcessorHeedTheFlags() throws IOException {
        String flags = GENERIC + ", \"add_bos_token\": true, \"add_eos_token\": true";
        for (String name : List.of("PreTrainedTokenizerFast", "GPT2Tokenizer", "Qwen2Tokenizer")) {
            config(flags.replace("PreTrainedTokenizerFast", name));
            assertThat(tokens("a")).as(name).containsExactly("a");
        }
        for (String name : List.of("LlamaTokenizer", "LlamaTokenizerFast", "GemmaTokenizer", "GPTNeoXTokenizerFast")) {
            config(flags.replace("PreTrainedTokenizerFast", name));
            assertThat(tokens("a")).as(name).containsExactly("<s>", "a", "</s>");
        }
        config(GENERIC.replace("PreTrainedTokenizerFast", "LlamaTokenizer") + ", \"add_bos_token\": false");
        assertThat(tokens("a")).containsExactly("a");
    }

    @Test
    void someClassesAddBosWithoutBeingTold() throws IOException {
        for (String name : List.of("LlamaTokenizer", "GemmaTokenizer", "CohereTokenizer")) {
            config(GENERIC.replace("PreTrainedTokenizerFast", name));
            assertThat(tokens("a")).as(name).containsExactly("<s>", "a");
        }
        for (String name : List.of("PreTrainedTokenizerFast", "GPTNeoXTokenizer", "GPT2Tokenizer")) {
            config(GENERIC.replace("PreTrainedTokenizerFast", name));
            assertThat(tokens("a")).as(name).containsExactly("a");
        }
    }

    /** The template writes BOS and the post-processor adds it: a conversation has it once. */
    @Test
    void bosComesOnce() throws IOException {
        config(GENERIC.replace("PreTrainedTokenizerFast", "LlamaTokenizer"));
        write("chat_template.jinja", "{{ bos_token }}{{ messages[0].content }}");
        try (ModelText text = ModelText.load(directory, Optional.empty())) {
            int[] prompt = text.prompt(List.of(Message.of("user", "a")), List.of());
            assertThat(prompt).containsExactly(256, text.tokenizer().idOf("a").orElseThrow());
            assertThat(text.rawPrompt("<s>a")).isEqualTo(prompt);
            assertThat(text.rawPrompt("a")).isEqualTo(prompt);
        }
    }

    @Test
    void aSpaceIsPutBeforeTheTextWhereTheConfigurationSaysSo() throws IOException {
        config(GENERIC + ", \"add_prefix_space\": true");
        assertThat(tokens("a b")).containsExactly("Ġ", "a", "Ġ", "b");
        config(GENERIC + ", \"add_prefix_space\": false");
        assertThat(tokens("a b")).containsExactly("a", "Ġ", "b");
    }

    @Test
    void bertGoesByItsConfigurationWhateverTheFileSays() throws IOException {
        for (boolean inFile : new boolean[] {true, false}) {
            TokenizerFixtures.wordPiece(directory);
            ObjectNode root = TokenizerFixtures.read(directory);
            ((ObjectNode) root.path("normalizer")).put("lowercase", inFile);
            TokenizerFixtures.write(directory, root);
            config("\"tokenizer_class\": \"BertTokenizer\"");
            assertThat(tokens("HELLO")).containsExactly("[CLS]", "hello", "[SEP]");
            config("\"tokenizer_class\": \"BertTokenizer\", \"do_lower_case\": false");
            assertThat(tokens("HELLO")).containsExactly("[CLS]", "[UNK]", "[SEP]");
            config("\"tokenizer_class\": \"PreTrainedTokenizerFast\"");
            assertThat(tokens("HELLO")).containsExactly("[CLS]", inFile ? "hello" : "[UNK]", "[SEP]");
        }
    }

    @Test
    void aConfigurationOfTheWrongShapeIsRefused() throws IOException {
        for (String wrong : List.of(
                "\"additional_special_tokens\": \"<x>\"",
                "\"additional_special_tokens\": [5]",
                "\"extra_special_tokens\": {\"image_token\": 5}",
                "\"added_tokens_decoder\": {\"5\": {}}")) {
            config(wrong);
            assertThatThrownBy(() -> Tokenizer.load(directory))
                    .as(wrong)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("tokenizer_config.json: " + wrong.substring(1, wrong.indexOf('"', 1)));
        }
        config(GENERIC);
        write("added_tokens.json", "{\"<x>\": \"five\"}");
        assertThatThrownBy(() -> Tokenizer.load(directory))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("added_tokens.json: the id of '<x>'");
    }

    private void config(String fields) throws IOException {
        write("tokenizer_config.json", "{" + fields + "}");
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(directory.resolve(file), text);
    }

    private void add(String token, boolean special) throws IOException {
        ObjectNode root = TokenizerFixtures.read(directory);
        root.withArray("added_tokens")
                .addObject()
                .put("id", NEXT)
                .put("content", token)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", special);
        TokenizerFixtures.write(directory, root);
    }

    private int[] ids(String text) {
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            return tokenizer.encode(text, true);
        }
    }

    private List<String> tokens(String text) {
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            return Arrays.stream(tokenizer.encode(text, true))
                    .mapToObj(tokenizer::tokenOf)
                    .toList();
        }
    }

    private String shown(String text) {
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            return tokenizer.decode(tokenizer.encode(text, false), true);
        }
    }
}
