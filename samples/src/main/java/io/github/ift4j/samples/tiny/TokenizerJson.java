package io.github.ift4j.samples.tiny;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A vocabulary as HuggingFace's {@code tokenizer.json} and {@code tokenizer_config.json}.
 *
 * <p>The text is not normalised and byte fallback is on, so decoding gives back exactly what was encoded, whatever it was.
 */
final class TokenizerJson {
    /** Renders a prompt as a prefix of the whole conversation; only what the assistant says has an end mark. */
    static final String CHAT_TEMPLATE = "{{ bos_token }}"
            + "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
            + "{% if message['role'] == 'assistant' %}<|end|>{% endif %}{% endfor %}"
            + "{% if add_generation_prompt %}<|assistant|>{% endif %}";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TokenizerJson() {}

    /**
     * A tokenizer with this vocabulary, which the caller closes.
     *
     * @throws IOException when there is no room for a temporary file
     */
    static Tokenizer load(BytePairVocabulary vocabulary) throws IOException {
        Path directory = Files.createTempDirectory("tokenizer");
        Path tokenizer = directory.resolve("tokenizer.json");
        Path config = directory.resolve("tokenizer_config.json");
        try {
            Files.writeString(tokenizer, tokenizer(vocabulary).toString());
            Files.writeString(config, config(TinyModel.CONTEXT).toString());
            return Tokenizer.load(directory);
        } finally {
            Files.deleteIfExists(tokenizer);
            Files.deleteIfExists(config);
            Files.delete(directory);
        }
    }

    /** Content of {@code tokenizer.json}. */
    static ObjectNode tokenizer(BytePairVocabulary vocabulary) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (SpecialToken special : SpecialToken.values()) {
            added.addObject()
                    .put("id", special.id())
                    .put("content", special.text())
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        root.putNull("normalizer");
        root.set("pre_tokenizer", preTokenizer());
        root.set("post_processor", postProcessor());
        root.set("decoder", decoder());
        root.set("model", model(vocabulary));
        return root;
    }

    /** A sequence of one, as Jlama's reader knows no lone splitter. */
    private static ObjectNode preTokenizer() {
        ObjectNode split = MAPPER.createObjectNode().put("type", "Split");
        split.putObject("pattern").put("Regex", TokenizerTrainer.WORD.pattern());
        split.put("behavior", "Isolated").put("invert", false);
        return sequence("pretokenizers", split);
    }

    /** BOS before a text, where the caller asks for special tokens. */
    private static ObjectNode postProcessor() {
        ObjectNode template = MAPPER.createObjectNode().put("type", "TemplateProcessing");
        String bos = SpecialToken.BOS.text();
        ArrayNode single = template.putArray("single");
        addSpecial(single, bos, 0);
        addSequence(single, "A", 0);
        ArrayNode pair = template.putArray("pair");
        addSpecial(pair, bos, 0);
        addSequence(pair, "A", 0);
        addSpecial(pair, bos, 1);
        addSequence(pair, "B", 1);
        ObjectNode special = template.putObject("special_tokens").putObject(bos).put("id", bos);
        special.putArray("ids").add(SpecialToken.BOS.id());
        special.putArray("tokens").add(bos);
        return template;
    }

    private static void addSpecial(ArrayNode pieces, String token, int type) {
        pieces.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
    }

    private static void addSequence(ArrayNode pieces, String name, int type) {
        pieces.addObject().putObject("Sequence").put("id", name).put("type_id", type);
    }

    private static ObjectNode decoder() {
        return sequence(
                "decoders",
                MAPPER.createObjectNode().put("type", "ByteFallback"),
                MAPPER.createObjectNode().put("type", "Fuse"));
    }

    private static ObjectNode sequence(String name, ObjectNode... items) {
        ObjectNode sequence = MAPPER.createObjectNode().put("type", "Sequence");
        sequence.set(name, new ArrayNode(JsonNodeFactory.instance, List.of(items)));
        return sequence;
    }

    private static ObjectNode model(BytePairVocabulary vocabulary) {
        ObjectNode model = MAPPER.createObjectNode().put("type", "BPE");
        model.putNull("dropout");
        model.putNull("unk_token");
        model.putNull("continuing_subword_prefix");
        model.putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", true).put("ignore_merges", false);
        ObjectNode vocab = model.putObject("vocab");
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            vocab.put(vocabulary.tokens().get(id), id);
        }
        ArrayNode merges = model.putArray("merges");
        vocabulary.merges().forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
        return model;
    }

    /**
     * Content of {@code tokenizer_config.json}.
     *
     * @param contextLength most tokens that the model can read
     */
    static ObjectNode config(int contextLength) {
        return MAPPER.createObjectNode()
                .put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("model_max_length", contextLength)
                .put("bos_token", SpecialToken.BOS.text())
                .put("eos_token", SpecialToken.END.text())
                .put("pad_token", SpecialToken.PAD.text())
                .put("add_bos_token", true)
                .put("clean_up_tokenization_spaces", false)
                .put("chat_template", CHAT_TEMPLATE);
    }
}
