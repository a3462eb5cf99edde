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
 * What {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json} say, read as transformers
 * does.
 *
 * @param named special tokens by role, {@code bos_token} and so on
 * @param additional special tokens without a role, {@code additional_special_tokens}; an object there replaces the flags that
 *     tokenizer.json has for it
 * @param added tokens of {@code added_tokens_decoder} by id; those of other roles are in {@code named} too
 * @param old tokens of {@code added_tokens.json} by id, which count only where tokenizer.json has none of the same content
 * @param tokenizerClass name of the tokenizer's Python class, empty when it is not said
 * @param nulled roles that the configuration sets to null or to nothing
 * @param addBos {@code add_bos_token}, empty when it is not said
 * @param addEos {@code add_eos_token}, empty when it is not said
 * @param addPrefixSpace {@code add_prefix_space}, empty when it is not said
 * @param lowerCase {@code do_lower_case}, empty when it is not said
 * @param stripAccents {@code strip_accents}, empty when it is not said
 * @param splitChinese {@code tokenize_chinese_chars}, empty when it is not said
 * @param cleanUp {@code clean_up_tokenization_spaces}
 * @param cleanUpBpe {@code clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output}
 */
record TokenizerConfig(
        Map<String, AddedToken> named,
        List<Additional> additional,
        List<AddedToken> added,
        List<AddedToken> old,
        String tokenizerClass,
        Set<String> nulled,
        Optional<Boolean> addBos,
        Optional<Boolean> addEos,
        Optional<Boolean> addPrefixSpace,
        Optional<Boolean> lowerCase,
        Optional<Boolean> stripAccents,
        Optional<Boolean> splitChinese,
        boolean cleanUp,
        boolean cleanUpBpe) {
    static final String FILE = "tokenizer_config.json";
    static final long MAX_BYTES = 32L << 20;

    private static final String SPECIAL_TOKENS_MAP = "special_tokens_map.json";
    private static final String ADDED_TOKENS = "added_tokens.json";
    private static final String DECODER = "added_tokens_decoder";
    private static final String EXTRA = "extra_special_tokens";
    private static final String SUFFIX = "_token";

    /**
     * A special token without a role.
     *
     * @param described whether the configuration gives its flags
     */
    record Additional(AddedToken token, boolean described) {}

    /**
     * Reads the files of a directory; all of them may be absent.
     *
     * @throws CheckpointException when one is not what it should be
     */
    static TokenizerConfig read(Path directory) {
        Path file = directory.resolve(FILE);
        ObjectNode config = JsonFile.readIfPresent(file, MAX_BYTES).orElseGet(JsonNodeFactory.instance::objectNode);
        Names names = new Names();
        names.read(file, config);
        boolean listsAdded = config.path(DECODER).isObject();
        List<AddedToken> old = List.of();
        if (!listsAdded) {
            // transformers reads these only beside configurations of the old form, and then lets the map win.
            Path map = directory.resolve(SPECIAL_TOKENS_MAP);
            JsonFile.readIfPresent(map, MAX_BYTES).ifPresent(fields -> names.read(map, fields));
            old = oldTokens(directory.resolve(ADDED_TOKENS), names);
        }
        return new TokenizerConfig(
                names.named,
                names.additional,
                listsAdded ? addedTokens(file, config.path(DECODER)) : List.of(),
                old,
                config.path("tokenizer_class").asText(""),
                names.nulled,
                flag(config, "add_bos_token"),
                flag(config, "add_eos_token"),
                flag(config, "add_prefix_space"),
                flag(config, "do_lower_case"),
                flag(config, "strip_accents"),
                flag(config, "tokenize_chinese_chars"),
                flag(config, "clean_up_tokenization_spaces").orElse(false),
                flag(config, "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output")
                        .orElse(false));
    }

    /** Whether the configuration says which token has a role, or that none has. */
    boolean decides(String role) {
        return named.containsKey(role) || nulled.contains(role);
    }

    /** Special tokens as several files name them; the last one counts. */
    private static final class Names {
        final Map<String, AddedToken> named = new LinkedHashMap<>();
        final List<Additional> additional = new ArrayList<>();
        final Set<String> nulled = new HashSet<>();

        void read(Path file, ObjectNode fields) {
            for (Map.Entry<String, JsonNode> field : fields.properties()) {
                String name = field.getKey();
                if (name.endsWith(SUFFIX) && !field.getValue().isBoolean()) {
                    readRole(file, name, name, field.getValue());
                } else if (name.equals("additional_special_tokens") || name.equals(EXTRA)) {
                    readAdditional(file, name, field.getValue());
                }
            }
        }

        private void readRole(Path file, String field, String role, JsonNode token) {
            named.remove(role);
            if (token.isNull() || (token.isTextual() && token.textValue().isEmpty())) {
                nulled.add(role);
            } else {
                named.put(role, token(file, field, token));
            }
        }

        private void readAdditional(Path file, String name, JsonNode tokens) {
            if (tokens.isObject() && name.equals(EXTRA)) {
                for (Map.Entry<String, JsonNode> entry : tokens.properties()) {
                    readRole(file, name + "." + entry.getKey(), entry.getKey(), entry.getValue());
                }
                return;
            }
            if (!tokens.isArray() && !tokens.isNull()) {
                throw new CheckpointException("%s: %s must be a list, not %s"
                        .formatted(file, name, TokenizerFile.shortened(tokens.toString())));
            }
            for (JsonNode token : tokens) {
                additional.add(new Additional(token(file, name, token), token.isObject()));
            }
        }

        private static AddedToken token(Path file, String field, JsonNode token) {
            if (token.isTextual()) {
                return AddedToken.special(token.textValue());
            }
            if (token.path("content").isTextual()) {
                return AddedToken.readSpecial(file, field, token);
            }
            throw new CheckpointException("%s: %s must be a string, an object with 'content', or null, not %s"
                    .formatted(file, field, TokenizerFile.shortened(token.toString())));
        }

        boolean has(String content) {
            return named.values().stream().anyMatch(token -> token.content().equals(content))
                    || additional.stream()
                            .anyMatch(each -> each.token().content().equals(content));
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
                .map(entry -> AddedToken.read(file, DECODER + "." + entry.getKey(), entry.getValue()))
                .toList();
    }

    private static List<AddedToken> oldTokens(Path file, Names names) {
        List<Map.Entry<String, JsonNode>> entries = new ArrayList<>(JsonFile.readIfPresent(file, MAX_BYTES)
                .orElseGet(JsonNodeFactory.instance::objectNode)
                .properties());
        for (Map.Entry<String, JsonNode> entry : entries) {
            if (!entry.getValue().isInt()) {
                throw new CheckpointException("%s: the id of '%s' must be a whole number"
                        .formatted(file, TokenizerFile.shortened(entry.getKey())));
            }
        }
        entries.sort(Comparator.comparingInt(entry -> entry.getValue().intValue()));
        return entries.stream()
                .map(Map.Entry::getKey)
                .map(token -> names.has(token) ? AddedToken.special(token) : AddedToken.ordinary(token))
                .toList();
    }

    private static Optional<Boolean> flag(ObjectNode config, String name) {
        return config.path(name).isBoolean() ? Optional.of(config.path(name).booleanValue()) : Optional.empty();
    }
}
