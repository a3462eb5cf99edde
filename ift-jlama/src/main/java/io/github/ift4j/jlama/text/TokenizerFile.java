package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code tokenizer.json} as the tokenizers library is to load it, and what the library does not tell about it.
 *
 * @param json the file with truncation and padding off and whole-token offsets
 * @param vocabulary tokens and ids
 * @param specialTokens what tokenizer_config.json and special_tokens_map.json name
 * @param decoder how tokens become text, null where the file says nothing
 */
record TokenizerFile(String json, Vocabulary vocabulary, SpecialTokens specialTokens, JsonNode decoder) {
    /** Ten times the largest vocabulary in use. */
    static final int MAX_ID = 1 << 22;

    private static final long MAX_TOKENIZER_BYTES = 128L << 20;
    private static final long MAX_CONFIG_BYTES = 32L << 20;
    private static final Set<String> MODELS = Set.of("BPE", "WordPiece", "WordLevel", "Unigram");

    /**
     * Reads a model directory.
     *
     * @throws CheckpointException when a file is missing or not what it should be
     */
    static TokenizerFile read(Path directory) {
        Path file = directory.resolve("tokenizer.json");
        ObjectNode root = JsonFile.read(file, MAX_TOKENIZER_BYTES);
        SpecialTokens specialTokens = specialTokens(directory);
        Vocabulary.Builder vocabulary = new Vocabulary.Builder();
        readModel(file, root.path("model"), vocabulary);
        Set<String> known = readAddedTokens(file, root, vocabulary);
        addNamedTokens(root, specialTokens, known, vocabulary);
        root.putNull("truncation");
        root.putNull("padding");
        keepWholeOffsets(root.path("post_processor"));
        try {
            return new TokenizerFile(
                    JsonFile.MAPPER.writeValueAsString(root), vocabulary.build(), specialTokens, root.get("decoder"));
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + ": cannot be rewritten: " + e.getOriginalMessage(), e);
        }
    }

    private static void readModel(Path file, JsonNode model, Vocabulary.Builder vocabulary) {
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
                        "model.vocab[%d] must be a pair of token and score",
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

    private static Set<String> readAddedTokens(Path file, ObjectNode root, Vocabulary.Builder vocabulary) {
        JsonNode added = root.path("added_tokens");
        require(
                (added.isArray() && added.size() <= MAX_ID) || added.isMissingNode(),
                file,
                "added_tokens must be a list");
        Set<String> known = new HashSet<>();
        for (JsonNode token : added) {
            require(
                    token.path("content").isTextual() && token.path("special").isBoolean(),
                    file,
                    "added_tokens: each needs 'content' (a string) and 'special' (true or false), not %s",
                    token);
            String content = token.path("content").textValue();
            vocabulary.added(content, token.path("special").booleanValue());
            known.add(content);
        }
        return known;
    }

    /** HuggingFace adds the tokens that the configuration names to a tokenizer that does not list them. */
    private static void addNamedTokens(
            ObjectNode root, SpecialTokens specialTokens, Set<String> known, Vocabulary.Builder vocabulary) {
        for (String token : specialTokens.all().values()) {
            if (!token.isEmpty() && known.add(token)) {
                vocabulary.added(token, true);
                ArrayNode added = root.withArray("added_tokens");
                added.addObject()
                        .put("id", vocabulary.idOf(token).orElseThrow())
                        .put("content", token)
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", true);
            }
        }
    }

    /** Offsets that leave out leading spaces would leave characters that belong to no token. */
    private static void keepWholeOffsets(JsonNode postProcessor) {
        if (postProcessor instanceof ObjectNode object && object.has("trim_offsets")) {
            object.put("trim_offsets", false);
        }
        for (JsonNode processor : postProcessor.path("processors")) {
            keepWholeOffsets(processor);
        }
    }

    private static SpecialTokens specialTokens(Path directory) {
        Map<String, String> byName = new LinkedHashMap<>();
        for (String name : new String[] {"special_tokens_map.json", "tokenizer_config.json"}) {
            Path file = directory.resolve(name);
            Optional<ObjectNode> config = JsonFile.readIfPresent(file, MAX_CONFIG_BYTES);
            config.ifPresent(fields -> readNames(file, fields, byName));
        }
        return SpecialTokens.of(byName);
    }

    private static void readNames(Path file, ObjectNode fields, Map<String, String> byName) {
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            String name = field.getKey();
            if (!name.endsWith("_token") || name.startsWith("add_")) {
                continue;
            }
            JsonNode token = field.getValue().isObject() ? field.getValue().path("content") : field.getValue();
            require(
                    token.isTextual() || token.isNull(),
                    file,
                    "%s must be a string, an object with 'content', or null, not %s",
                    name,
                    field.getValue());
            if (token.isTextual()) {
                byName.put(name, token.textValue());
            }
        }
    }

    private static void require(boolean holds, Path file, String message, Object... values) {
        if (!holds) {
            String line = message.formatted(values);
            throw new CheckpointException(file + ": " + (line.length() > 400 ? line.substring(0, 400) + "…" : line));
        }
    }
}
