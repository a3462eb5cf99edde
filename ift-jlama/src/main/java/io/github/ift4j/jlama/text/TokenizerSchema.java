package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a tokenizer.json may hold. The native library ends the process where its own checks are too few, so that a file passes
 * only when every part of it is known to be safe.
 */
final class TokenizerSchema {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_PARTS = 64;
    private static final int MAX_PIECES = 64;
    private static final int MAX_TEXT = 64;
    private static final int MAX_GROWTH = 4096;

    private static final Set<String> NORMALIZERS = Set.of(
            "Sequence",
            "BertNormalizer",
            "Strip",
            "StripAccents",
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Lowercase",
            "Nmt",
            "Replace",
            "Prepend",
            "ByteLevel");
    private static final Set<String> PRE_TOKENIZERS = Set.of(
            "Sequence",
            "BertPreTokenizer",
            "ByteLevel",
            "CharDelimiterSplit",
            "Metaspace",
            "Whitespace",
            "Split",
            "Punctuation",
            "WhitespaceSplit",
            "Digits",
            "UnicodeScripts");
    private static final Set<String> POST_PROCESSORS =
            Set.of("Sequence", "RobertaProcessing", "BertProcessing", "ByteLevel", "TemplateProcessing");
    private static final Set<String> DECODERS = Set.of(
            "Sequence",
            "BPEDecoder",
            "ByteLevel",
            "WordPiece",
            "Metaspace",
            "CTC",
            "Replace",
            "Fuse",
            "Strip",
            "ByteFallback");

    private final Path file;
    private int parts;
    private int templates;
    private long growth = 1;

    private TokenizerSchema(Path file) {
        this.file = file;
    }

    /**
     * Checks a file that is otherwise well-formed.
     *
     * @throws CheckpointException naming the field at fault
     */
    static void check(Path file, JsonNode root) {
        TokenizerSchema schema = new TokenizerSchema(file);
        schema.model(root.path("model"));
        schema.part(root.path("normalizer"), "normalizer", NORMALIZERS, "normalizers", 0);
        schema.part(root.path("pre_tokenizer"), "pre_tokenizer", PRE_TOKENIZERS, "pretokenizers", 0);
        schema.part(root.path("post_processor"), "post_processor", POST_PROCESSORS, "processors", 0);
        schema.part(root.path("decoder"), "decoder", DECODERS, "decoders", 0);
        schema.addedTokens(root);
    }

    private void model(JsonNode model) {
        String prefix = model.path("continuing_subword_prefix").asText("");
        if (!model.path("type").asText("").equals("BPE") || prefix.isEmpty()) {
            return;
        }
        require(prefix.chars().allMatch(c -> c < 0x80), "model.continuing_subword_prefix", "must be ASCII");
        for (JsonNode merge : model.path("merges")) {
            String second = merge.isArray()
                    ? merge.path(1).asText("")
                    : merge.asText("").substring(merge.asText("").lastIndexOf(' ') + 1);
            require(
                    second.startsWith(prefix),
                    "model.merges",
                    "each second part must begin with continuing_subword_prefix");
        }
    }

    /** The native search for added tokens fails when a normalizer leaves nothing of one. */
    private void addedTokens(JsonNode root) {
        List<JsonNode> removing = new ArrayList<>();
        removing(root.path("normalizer"), removing);
        if (removing.isEmpty()) {
            return;
        }
        boolean unforeseeable = removing.stream()
                .anyMatch(part -> part.path("pattern").has("Regex")
                        && part.path("content").asText().isEmpty());
        for (JsonNode token : root.path("added_tokens")) {
            if (!token.path("normalized").asBoolean(false)) {
                continue;
            }
            String left = token.path("content").asText();
            for (JsonNode part : removing) {
                if (part.path("content").asText("x").isEmpty()) {
                    left = left.replace(part.path("pattern").path("String").asText("\uFFFF"), "");
                }
            }
            require(
                    !unforeseeable && left.chars().anyMatch(c -> c < 0x80 && Character.isLetterOrDigit(c)),
                    "added_tokens",
                    "the normalizer may leave nothing of '%s'"
                            .formatted(token.path("content").asText()));
        }
    }

    /** Collects the normalizers that may take characters away. */
    private static void removing(JsonNode normalizer, List<JsonNode> found) {
        switch (normalizer.path("type").asText("")) {
            case "Sequence" -> normalizer.path("normalizers").forEach(inner -> removing(inner, found));
            case "Strip", "StripAccents", "Nmt", "BertNormalizer" -> found.add(normalizer);
            case "Replace" -> {
                if (normalizer.path("content").asText().isEmpty()) {
                    found.add(normalizer);
                }
            }
            default -> {}
        }
    }

    private void part(JsonNode part, String name, Set<String> types, String list, int depth) {
        if (part.isMissingNode() || part.isNull()) {
            return;
        }
        String type = part.path("type").asText("");
        require(types.contains(type), name + ".type", "'%s' is none of those that are supported".formatted(type));
        require(depth < MAX_DEPTH && ++parts <= MAX_PARTS, name, "has too many parts");
        switch (type) {
            case "Sequence" -> {
                JsonNode inner = part.path(list);
                require(inner.isArray(), name + "." + list, "must be a list");
                for (int i = 0; i < inner.size(); i++) {
                    require(inner.get(i).isObject(), name + "." + list, "must be a list of objects");
                    part(inner.get(i), "%s.%s[%d]".formatted(name, list, i), types, list, depth + 1);
                }
            }
            case "Split" -> pattern(part.path("pattern"), name);
            case "Replace" -> {
                pattern(part.path("pattern"), name);
                text(part, "content", name);
                growth *= Math.max(1, part.path("content").asText().length());
                require(growth <= MAX_GROWTH, name, "makes the text grow too much");
            }
            case "Prepend" -> {
                text(part, "prepend", name);
                require(!part.path("prepend").asText().isEmpty(), name + ".prepend", "must not be empty");
            }
            case "Strip" -> strip(part, name);
            case "TemplateProcessing" -> template(part, name);
            default -> {}
        }
    }

    private void text(JsonNode part, String field, String name) {
        String text = part.path(field).asText("");
        require(
                part.path(field).isTextual() && text.length() <= MAX_TEXT,
                name + "." + field,
                "must be a string of at most %d chars".formatted(MAX_TEXT));
    }

    private void pattern(JsonNode pattern, String name) {
        String field = name + ".pattern";
        if (pattern.path("String").isTextual()) {
            String text = pattern.path("String").asText();
            require(!text.isEmpty() && text.length() <= MAX_TEXT, field, "must not be empty nor very long");
            return;
        }
        require(pattern.path("Regex").isTextual(), field, "needs 'String' or 'Regex'");
        String regex = pattern.path("Regex").asText();
        String problem = regex.isEmpty() ? "is empty" : RegexCheck.problem(regex);
        require(problem == null, field, "the regular expression %s: %s".formatted(problem, regex));
    }

    /** As normalizer it has flags, as decoder counts; the native decoder fails on short tokens where {@code stop} is not 0. */
    private void strip(JsonNode strip, String name) {
        if (strip.has("stop") || strip.has("start")) {
            require(strip.path("stop").asInt(-1) == 0, name + ".stop", "must be 0");
            require(
                    strip.path("start").isInt() && strip.path("start").asInt() >= 0,
                    name + ".start",
                    "must be a whole number from 0 on");
        }
    }

    private void template(JsonNode template, String name) {
        require(++templates == 1, name, "only one template is supported");
        JsonNode tokens = template.path("special_tokens");
        JsonNode single = template.path("single");
        require(single.isArray() && single.size() <= MAX_PIECES, name + ".single", "must be a short list");
        boolean hasText = false;
        for (JsonNode piece : single) {
            if (piece.has("Sequence")) {
                require(
                        piece.path("Sequence").path("id").asText("").equals("A"),
                        name + ".single",
                        "may hold the sequence A only");
                hasText = true;
            } else {
                String id = piece.path("SpecialToken").path("id").asText("");
                require(tokens.has(id), name + ".single", "special_tokens lacks '%s'".formatted(id));
            }
        }
        require(hasText, name + ".single", "must hold the sequence A");
        for (JsonNode token : tokens) {
            JsonNode ids = token.path("ids");
            require(
                    ids.isArray() && ids.size() == token.path("tokens").size() && ids.size() <= MAX_PIECES,
                    name + ".special_tokens",
                    "each needs as many ids as tokens");
            for (JsonNode id : ids) {
                require(
                        id.isInt() && id.intValue() >= 0 && id.intValue() < TokenizerFile.MAX_ID,
                        name + ".special_tokens",
                        "has an id out of range");
            }
        }
    }

    private void require(boolean holds, String field, String message) {
        if (!holds) {
            throw new CheckpointException("%s: %s: %s".formatted(file, field, TokenizerFile.shortened(message)));
        }
    }
}
