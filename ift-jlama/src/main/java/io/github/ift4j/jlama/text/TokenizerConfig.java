package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code tokenizer_config.json} and {@code special_tokens_map.json} say, read as transformers does.
 *
 * @param named special tokens by role, {@code bos_token} and so on
 * @param added tokens of {@code added_tokens_decoder} by id; those of other roles are in {@code named} too
 * @param tokenizerClass name of the tokenizer's Python class, empty when it is not said
 * @param nulled roles that the configuration sets to null
 * @param addBos {@code add_bos_token}, empty when it is not said
 * @param addEos {@code add_eos_token}, empty when it is not said
 */
record TokenizerConfig(
        Map<String, String> named,
        List<AddedToken> added,
        String tokenizerClass,
        Set<String> nulled,
        Optional<Boolean> addBos,
        Optional<Boolean> addEos) {
    static final String FILE = "tokenizer_config.json";
    static final long MAX_BYTES = 32L << 20;

    private static final String SPECIAL_TOKENS_MAP = "special_tokens_map.json";

    /** A token beside the model's vocabulary, with the flags that the tokenizers library knows. */
    record AddedToken(
            String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {
        /** The flags that transformers gives a special token that it adds by name. */
        static AddedToken special(String content) {
            return new AddedToken(content, false, false, false, false, true);
        }

        /** Writes content and flags into an entry of tokenizer.json. */
        void write(ObjectNode entry) {
            entry.put("content", content)
                    .put("single_word", singleWord)
                    .put("lstrip", lstrip)
                    .put("rstrip", rstrip)
                    .put("normalized", normalized)
                    .put("special", special);
        }
    }

    /**
     * Reads the files of a directory; all of them may be absent.
     *
     * @throws CheckpointException when one is not what it should be
     */
    static TokenizerConfig read(Path directory) {
        Path file = directory.resolve(FILE);
        ObjectNode config = JsonFile.readIfPresent(file, MAX_BYTES).orElseGet(JsonNodeFactory.instance::objectNode);
        Map<String, String> named = new LinkedHashMap<>();
        Set<String> nulled = new HashSet<>();
        readNames(file, config, named, nulled);
        boolean listsAdded = config.path("added_tokens_decoder").isObject();
        if (!listsAdded) {
            // transformers reads the map only beside configurations of the old form, and then lets it win.
            Path map = directory.resolve(SPECIAL_TOKENS_MAP);
            JsonFile.readIfPresent(map, MAX_BYTES).ifPresent(fields -> readNames(map, fields, named, nulled));
        }
        return new TokenizerConfig(
                named,
                listsAdded ? addedTokens(file, config.path("added_tokens_decoder")) : List.of(),
                config.path("tokenizer_class").asText(""),
                nulled,
                flag(config, "add_bos_token"),
                flag(config, "add_eos_token"));
    }

    /** Whether the configuration says which token has a role, or that none has. */
    boolean decides(String role) {
        return named.containsKey(role) || nulled.contains(role);
    }

    private static void readNames(Path file, ObjectNode fields, Map<String, String> named, Set<String> nulled) {
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            String name = field.getKey();
            if (!name.endsWith("_token") || field.getValue().isBoolean()) {
                continue;
            }
            JsonNode value = field.getValue();
            JsonNode token = value.isObject() ? value.path("content") : value;
            if (!token.isTextual() && !token.isNull()) {
                throw new CheckpointException("%s: %s must be a string, an object with 'content', or null, not %s"
                        .formatted(file, name, TokenizerFile.shortened(value.toString())));
            }
            if (token.isTextual()) {
                named.put(name, token.textValue());
            } else {
                named.remove(name);
                nulled.add(name);
            }
        }
    }

    private static List<AddedToken> addedTokens(Path file, JsonNode decoder) {
        List<Map.Entry<String, JsonNode>> entries = new ArrayList<>(decoder.properties());
        try {
            entries.sort(Comparator.comparingInt(entry -> Integer.parseInt(entry.getKey())));
        } catch (NumberFormatException e) {
            throw new CheckpointException(file + ": added_tokens_decoder must have ids as keys", e);
        }
        return entries.stream()
                .map(entry -> addedToken(file, entry.getKey(), entry.getValue()))
                .toList();
    }

    private static AddedToken addedToken(Path file, String id, JsonNode token) {
        if (!token.path("content").isTextual()) {
            throw new CheckpointException("%s: added_tokens_decoder.%s needs 'content', a string"
                    .formatted(file, TokenizerFile.shortened(id)));
        }
        boolean special = token.path("special").asBoolean(false);
        return new AddedToken(
                token.path("content").textValue(),
                token.path("single_word").asBoolean(false),
                token.path("lstrip").asBoolean(false),
                token.path("rstrip").asBoolean(false),
                token.path("normalized").asBoolean(!special),
                special);
    }

    private static Optional<Boolean> flag(ObjectNode config, String name) {
        return config.path(name).isBoolean() ? Optional.of(config.path(name).booleanValue()) : Optional.empty();
    }
}
