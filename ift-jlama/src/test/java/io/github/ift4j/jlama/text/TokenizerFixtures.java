package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small tokenizers of each kind, written into a directory. */
final class TokenizerFixtures {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Special tokens of {@link #byteLevel}, from id 256 on. */
    static final List<String> SPECIAL =
            List.of("<s>", "</s>", "<pad>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>");

    private TokenizerFixtures() {}

    /** Bytes as GPT-2 writes them, a few merges, and {@link #SPECIAL}. */
    static void byteLevel(Path directory) throws IOException {
        byteLevel(directory, SPECIAL);
    }

    /** As {@link #byteLevel(Path)}, with other special tokens from id 256 on. */
    static void byteLevel(Path directory, List<String> specialTokens) throws IOException {
        ObjectNode root = root("ByteLevel");
        ObjectNode model = root.putObject("model").put("type", "BPE");
        ObjectNode vocab = model.putObject("vocab");
        int id = 0;
        for (char c : byteAlphabet()) {
            vocab.put(String.valueOf(c), id++);
        }
        int special = id;
        ArrayNode merges = model.putArray("merges");
        for (String merge : List.of("t h", "th e", "Ġ the", "Ċ Ċ", "h e", "l l", "he ll", "hell o")) {
            vocab.put(merge.replace(" ", ""), specialTokens.size() + id++);
            merges.add(merge);
        }
        for (String token : specialTokens) {
            vocab.put(token, special);
            added(root, token, special++);
        }
        root.putObject("pre_tokenizer")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        write(directory, root);
    }

    private static ObjectNode root(String decoder) {
        ObjectNode root = MAPPER.createObjectNode().put("version", "1.0");
        root.putArray("added_tokens");
        root.putNull("normalizer");
        root.putNull("post_processor");
        root.putObject("decoder")
                .put("type", decoder)
                .put("add_prefix_space", true)
                .put("trim_offsets", true)
                .put("use_regex", true);
        return root;
    }

    static void added(ObjectNode root, String token, int id) {
        root.withArray("added_tokens")
                .addObject()
                .put("id", id)
                .put("content", token)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }

    static void write(Path directory, ObjectNode root) throws IOException {
        Files.writeString(directory.resolve("tokenizer.json"), MAPPER.writeValueAsString(root));
    }

    private static char[] byteAlphabet() {
        char[] alphabet = new char[256];
        int next = 0x100;
        for (int b = 0; b < 0x100; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
            alphabet[b] = (char) (printable ? b : next++);
        }
        return alphabet;
    }
}
