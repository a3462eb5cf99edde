package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** The part of tokenizer.json that adds BOS and EOS. */
final class PostProcessor {
    private static final String FIELD = "post_processor";

    private PostProcessor() {}

    /**
     * Replaces it where transformers' Python class does: when the configuration says {@code add_bos_token} or
     * {@code add_eos_token}, names a class that adds BOS by itself, or the file has none and the class adds BOS. Classes that
     * take no notice of these settings keep the file's.
     */
    static void configure(
            ObjectNode tokenizer,
            TokenizerConfig config,
            TokenizerClass type,
            SpecialTokens specialTokens,
            Vocabulary vocabulary) {
        boolean said = config.addBos().isPresent() || config.addEos().isPresent();
        boolean named = !config.tokenizerClass().isEmpty();
        boolean adds = type.addsBos() && (named || !tokenizer.path(FIELD).isObject());
        if (type.writesPostProcessor() && (said || adds)) {
            String bos = config.addBos().orElse(type.addsBos()) ? specialTokens.bos() : null;
            String eos = config.addEos().orElse(false) ? specialTokens.eos() : null;
            writeTemplate(tokenizer, bos, eos, vocabulary);
        }
        keepWholeOffsets(tokenizer.path(FIELD));
    }

    /** {@code bos text eos}; either may be null. */
    private static void writeTemplate(ObjectNode tokenizer, String bos, String eos, Vocabulary vocabulary) {
        ObjectNode processor = tokenizer.putObject(FIELD).put("type", "TemplateProcessing");
        List<String> used = new ArrayList<>();
        ArrayNode single = processor.putArray("single");
        ArrayNode pair = processor.putArray("pair");
        for (int type = 0; type < 2; type++) {
            ArrayNode first = type == 0 ? single : pair;
            addSpecial(first, bos, type, used, vocabulary);
            addText(first, type);
            addSpecial(first, eos, type, used, vocabulary);
        }
        pair.insert(
                0,
                pair.objectNode()
                        .set("Sequence", pair.objectNode().put("id", "A").put("type_id", 0)));
        ObjectNode tokens = processor.putObject("special_tokens");
        for (String token : used) {
            ObjectNode entry = tokens.putObject(token).put("id", token);
            entry.putArray("ids").add(vocabulary.idOf(token).orElseThrow());
            entry.putArray("tokens").add(token);
        }
    }

    private static void addSpecial(ArrayNode pieces, String token, int type, List<String> used, Vocabulary vocabulary) {
        OptionalInt id = token == null ? OptionalInt.empty() : vocabulary.idOf(token);
        if (id.isPresent()) {
            pieces.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
            used.add(token);
        }
    }

    private static void addText(ArrayNode pieces, int type) {
        pieces.addObject()
                .putObject("Sequence")
                .put("id", type == 0 ? "A" : "B")
                .put("type_id", type);
    }

    /** Offsets that leave out leading spaces would leave characters that belong to no token. */
    private static void keepWholeOffsets(JsonNode processor) {
        if (processor instanceof ObjectNode object && object.has("trim_offsets")) {
            object.put("trim_offsets", false);
        }
        for (JsonNode part : processor.path("processors")) {
            keepWholeOffsets(part);
        }
    }
}
