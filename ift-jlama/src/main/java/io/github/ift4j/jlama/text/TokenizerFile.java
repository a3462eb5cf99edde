package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.text.TokenizerConfig.Additional;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code tokenizer.json} as the tokenizers library is to load it, and what the library does not tell about it.
 *
 * @param json the file with truncation and padding off and whole-token offsets
 * @param vocabulary tokens and ids
 * @param specialTokens what tokenizer_config.json and special_tokens_map.json name
 * @param decoder how tokens become text, null where the file says nothing
 * @param cleansUp whether decoded text is passed through {@link SpaceCleanUp}
 */
record TokenizerFile(
        String json, Vocabulary vocabulary, SpecialTokens specialTokens, JsonNode decoder, boolean cleansUp) {
    /** Ten times the largest vocabulary in use. */
    static final int MAX_ID = 1 << 22;

    private static final long MAX_TOKENIZER_BYTES = 128L << 20;
    private static final int MAX_ADDED = 1 << 16;
    private static final double MAX_SCORE = 1e30;
    private static final int MAX_SHOWN = 300;
    /** The usual roles, in the order in which transformers adds their tokens. */
    private static final List<String> ROLES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private static final Set<String> MODELS = Set.of("BPE", "WordPiece", "WordLevel", "Unigram");

    /**
     * Reads a model directory.
     *
     * @throws CheckpointException when a file is missing or not what it should be
     */
    static TokenizerFile read(Path directory) {
        Path file = directory.resolve("tokenizer.json");
        ObjectNode root = JsonFile.read(file, MAX_TOKENIZER_BYTES);
        TokenizerConfig config = TokenizerConfig.read(directory);
        TokenizerClass type =
                TokenizerClass.of(config.tokenizerClass().isEmpty() ? modelType(directory) : config.tokenizerClass());
        Vocabulary.Builder builder = new Vocabulary.Builder();
        readModel(file, root.path("model"), builder);
        JsonNode listed = root.path("added_tokens");
        require(listed.isArray() || listed.isMissingNode() || listed.isNull(), file, "added_tokens must be a list");
        AddedTokens added = new AddedTokens(root);
        SpecialTokens specialTokens = specialTokens(added, config, type, builder);
        addConfiguredTokens(added, config, specialTokens);
        readAddedTokens(file, root, builder);
        Vocabulary vocabulary = builder.build();
        root.putNull("truncation");
        root.putNull("padding");
        PostProcessor.configure(root, config, type, specialTokens, vocabulary);
        setPrefixSpace(root.path("pre_tokenizer"), config);
        if (type == TokenizerClass.BERT) {
            setBertNormalizer(root.path("normalizer"), config);
        }
        TokenizerSchema.check(file, root);
        try {
            return new TokenizerFile(
                    JsonFile.MAPPER.writeValueAsString(root),
                    vocabulary,
                    specialTokens,
                    root.get("decoder"),
                    cleansUp(root, config));
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + ": cannot be rewritten: " + e.getOriginalMessage(), e);
        }
    }

    /** transformers sets the flag of a pre-tokenizer that has one, not of those within a sequence. */
    private static void setPrefixSpace(JsonNode preTokenizer, TokenizerConfig config) {
        if (preTokenizer instanceof ObjectNode object && object.has("add_prefix_space")) {
            config.addPrefixSpace().ifPresent(add -> object.put("add_prefix_space", add));
        }
    }

    /** BERT's class goes by the configuration, or by its own defaults, and not by what the file has. */
    private static void setBertNormalizer(JsonNode normalizer, TokenizerConfig config) {
        if (normalizer instanceof ObjectNode object
                && normalizer.path("type").asText("").equals("BertNormalizer")) {
            object.put("lowercase", config.lowerCase().orElse(true))
                    .put("strip_accents", config.stripAccents().orElse(null))
                    .put("handle_chinese_chars", config.splitChinese().orElse(true));
        }
    }

    /** Of tokenizers that keep spaces, as BPE does, transformers takes none away unless it is told twice. */
    private static boolean cleansUp(ObjectNode root, TokenizerConfig config) {
        boolean bpe = root.path("model").path("type").asText("").equals("BPE");
        return config.cleanUp() && (!bpe || config.cleanUpBpe());
    }

    private static String modelType(Path directory) {
        return JsonFile.readIfPresent(directory.resolve("config.json"), TokenizerConfig.MAX_BYTES)
                .map(config -> config.path("model_type").asText(""))
                .orElse("");
    }

    /** The configuration's, and of those that the class brings by itself the ones that the vocabulary has. */
    private static SpecialTokens specialTokens(
            AddedTokens added, TokenizerConfig config, TokenizerClass type, Vocabulary.Builder vocabulary) {
        Map<String, String> named = new LinkedHashMap<>();
        for (String role : ROLES) {
            String usual = type.defaults().get(role);
            if (config.named().containsKey(role)) {
                named.put(role, config.named().get(role).content());
            } else if (usual != null
                    && !config.decides(role)
                    && (vocabulary.idOf(usual).isPresent() || added.has(usual))) {
                named.put(role, usual);
            }
        }
        config.named().forEach((role, token) -> named.putIfAbsent(role, token.content()));
        return SpecialTokens.of(named);
    }

    /**
     * Brings the tokens and flags of the configuration into the list of the file, as transformers adds them. The order decides
     * about the ids of new ones: those listed by id, those of the usual roles, those without a role, those of other roles.
     */
    private static void addConfiguredTokens(AddedTokens added, TokenizerConfig config, SpecialTokens specialTokens) {
        config.added().forEach(added::put);
        config.old().forEach(added::putIfAbsent);
        Map<String, String> others = new LinkedHashMap<>(specialTokens.all());
        for (String role : ROLES) {
            if (others.containsKey(role)) {
                added.putIfAbsent(ofRole(config, role, others.remove(role)));
            }
        }
        for (Additional each : config.additional()) {
            if (each.described()) {
                added.put(each.token());
            } else {
                added.putIfAbsent(each.token());
                added.makeSpecial(each.token().content());
            }
        }
        others.forEach((role, token) -> added.putIfAbsent(ofRole(config, role, token)));
    }

    private static AddedToken ofRole(TokenizerConfig config, String role, String content) {
        AddedToken configured = config.named().get(role);
        return configured == null ? AddedToken.special(content) : configured;
    }

    /** The list {@code added_tokens} of a file. */
    private static final class AddedTokens {
        private final ArrayNode list;
        private final Map<String, ObjectNode> byContent = new HashMap<>();

        AddedTokens(ObjectNode root) {
            this.list = root.path("added_tokens") instanceof ArrayNode array ? array : root.putArray("added_tokens");
            for (JsonNode token : list) {
                if (token instanceof ObjectNode entry) {
                    byContent.putIfAbsent(entry.path("content").asText(""), entry);
                }
            }
        }

        boolean has(String content) {
            return byContent.containsKey(content);
        }

        void putIfAbsent(AddedToken token) {
            if (!has(token.content())) {
                put(token);
            }
        }

        /** Adds the token, or gives the one of the same content its flags. A token of no chars is none. */
        void put(AddedToken token) {
            if (token.content().isEmpty()) {
                return;
            }
            // The tokenizers library gives ids by itself and takes no notice of this one.
            ObjectNode entry = byContent.computeIfAbsent(
                    token.content(), content -> list.addObject().put("id", 0));
            token.write(entry);
        }

        void makeSpecial(String content) {
            if (byContent.get(content) instanceof ObjectNode entry) {
                entry.put("special", true);
            }
        }
    }

    /** Files of the first years do not say the type. */
    private static void inferType(JsonNode model) {
        if (model instanceof ObjectNode object && !object.has("type")) {
            object.put(
                    "type",
                    object.has("merges")
                            ? "BPE"
                            : object.path("vocab").isArray()
                                    ? "Unigram"
                                    : object.has("max_input_chars_per_word") ? "WordPiece" : "WordLevel");
        }
    }

    private static void readModel(Path file, JsonNode model, Vocabulary.Builder vocabulary) {
        inferType(model);
        String type = model.path("type").asText("");
        JsonNode vocab = model.path("vocab");
        require(
                model.isObject() && MODELS.contains(type),
                file,
                "model.type must be one of %s, not '%s'",
                MODELS,
                type);
        if (type.equals("Unigram")) {
            require(vocab.isArray() && vocab.size() <= MAX_ID, file, "model.vocab must be a list of pairs");
            for (int id = 0; id < vocab.size(); id++) {
                JsonNode pair = vocab.get(id);
                require(
                        pair.isArray()
                                && pair.size() == 2
                                && pair.get(0).isTextual()
                                && pair.get(1).isNumber(),
                        file,
                        "model.vocab[%d] must be a pair of token and finite score",
                        id);
                vocabulary.model(pair.get(0).textValue(), id);
            }
            vocabulary.modelSize(vocab.size());
        } else {
            require(vocab.isObject(), file, "model.vocab must be an object of tokens and ids");
            for (Map.Entry<String, JsonNode> entry : vocab.properties()) {
                JsonNode id = entry.getValue();
                require(
                        id.isInt() && id.intValue() >= 0 && id.intValue() < MAX_ID,
                        file,
                        "model.vocab: the id of '%s' must be a whole number from 0 to %d, not %s",
                        entry.getKey(),
                        MAX_ID - 1,
                        id);
                vocabulary.model(entry.getKey(), id.intValue());
            }
        }
    }

    private static void readAddedTokens(Path file, ObjectNode root, Vocabulary.Builder vocabulary) {
        JsonNode added = root.path("added_tokens");
        require(added.size() <= MAX_ADDED, file, "added_tokens may have at most %d entries", MAX_ADDED);
        for (JsonNode token : added) {
            require(
                    token.path("content").isTextual() && token.path("special").isBoolean(),
                    file,
                    "added_tokens: each needs 'content' (a string) and 'special' (true or false), not %s",
                    token);
            vocabulary.added(
                    token.path("content").textValue(), token.path("special").booleanValue());
        }
    }

    private static void require(boolean holds, Path file, String message, Object... values) {
        if (!holds) {
            throw new CheckpointException(file + ": " + shortened(message.formatted(values)));
        }
    }

    /** What a message can hold of what a file says. */
    static String shortened(String text) {
        String line = text.replaceAll("\\R", " ");
        return line.length() > MAX_SHOWN ? line.substring(0, MAX_SHOWN) + "…" : line;
    }
}
