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
    /** Special tokens of {@link #byteLevel(Path)}, from id 256 on. */
    static final List<String> SPECIAL =
            List.of("<s>", "</s>", "<pad>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>");

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TokenizerFixtures() {}

    /** Writes a tokenizer into a directory. */
    interface Fixture {
        void write(Path directory) throws IOException;
    }

    /** Bytes as GPT-2 writes them, a few merges, and {@link #SPECIAL}. */
    static void byteLevel(Path directory) throws IOException {
        byteLevel(directory, SPECIAL);
    }

    /** As {@link #byteLevel(Path)}, with other special tokens from id 256 on. */
    static void byteLevel(Path directory, List<String> specialTokens) throws IOException {
        ObjectNode root = root();
        byteLevelPart(root, "decoder");
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
        byteLevelPart(root, "pre_tokenizer");
        byteLevelPart(root, "post_processor");
        write(directory, root);
    }

    /** SentencePiece BPE with byte fallback as Llama 2 has it; ids 3 to 258 are the bytes. */
    static void byteFallback(Path directory) throws IOException {
        ObjectNode root = root();
        List<String> special = List.of("<unk>", "<s>", "</s>");
        ObjectNode model = root.putObject("model")
                .put("type", "BPE")
                .put("unk_token", "<unk>")
                .put("fuse_unk", true)
                .put("byte_fallback", true);
        ObjectNode vocab = model.putObject("vocab");
        for (String token : special) {
            added(root, token, vocab.size());
            vocab.put(token, vocab.size());
        }
        for (int b = 0; b < 256; b++) {
            vocab.put("<0x%02X>".formatted(b), vocab.size());
        }
        for (String token :
                List.of("▁", "a", "b", "h", "e", "l", "o", "é", "漢", "▁a", "he", "ll", "hell", "hello", "▁hello")) {
            vocab.put(token, vocab.size());
        }
        ArrayNode merges = model.putArray("merges");
        List.of("▁ a", "h e", "l l", "he ll", "hell o", "▁ hello").forEach(merges::add);
        ArrayNode normalizers =
                root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
        normalizers
                .addObject()
                .put("type", "Replace")
                .put("content", "▁")
                .putObject("pattern")
                .put("String", " ");
        ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
        decoders.addObject()
                .put("type", "Replace")
                .put("content", " ")
                .putObject("pattern")
                .put("String", "▁");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        decoders.addObject()
                .put("type", "Strip")
                .put("content", " ")
                .put("start", 1)
                .put("stop", 0);
        write(directory, root);
    }

    /** Unigram with Metaspace. */
    static void unigram(Path directory) throws IOException {
        ObjectNode root = root();
        added(root, "<unk>", 0);
        added(root, "</s>", 1);
        ObjectNode model = root.putObject("model").put("type", "Unigram").put("unk_id", 0);
        ArrayNode vocab = model.putArray("vocab");
        double score = 0;
        for (String token : List.of("<unk>", "</s>", "▁", "a", "b", "▁a", "▁hello", "l", "o", "h", "e", "é", "👩")) {
            vocab.addArray().add(token).add(score--);
        }
        for (String part : List.of("pre_tokenizer", "decoder")) {
            root.putObject(part)
                    .put("type", "Metaspace")
                    .put("replacement", "▁")
                    .put("prepend_scheme", "always")
                    .put("split", true);
        }
        write(directory, root);
    }

    /** WordPiece as BERT has it. */
    static void wordPiece(Path directory) throws IOException {
        ObjectNode root = root();
        ObjectNode model = root.putObject("model")
                .put("type", "WordPiece")
                .put("unk_token", "[UNK]")
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", 100);
        ObjectNode vocab = model.putObject("vocab");
        for (String token : List.of(
                "[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "a", "##b", "##a", "b", ".", ",", "'", "##s", "t")) {
            if (token.startsWith("[")) {
                added(root, token, vocab.size());
            }
            vocab.put(token, vocab.size());
        }
        root.putObject("normalizer")
                .put("type", "BertNormalizer")
                .put("clean_text", true)
                .put("handle_chinese_chars", true)
                .putNull("strip_accents")
                .put("lowercase", true);
        root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        ObjectNode processor = root.putObject("post_processor").put("type", "BertProcessing");
        processor.putArray("sep").add("[SEP]").add(3);
        processor.putArray("cls").add("[CLS]").add(2);
        root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        write(directory, root);
    }

    private static ObjectNode root() {
        ObjectNode root = MAPPER.createObjectNode().put("version", "1.0");
        root.putArray("added_tokens");
        root.putNull("normalizer");
        root.putNull("post_processor");
        return root;
    }

    private static void byteLevelPart(ObjectNode root, String part) {
        root.putObject(part)
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static void added(ObjectNode root, String token, int id) {
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

    static ObjectNode read(Path directory) throws IOException {
        return (ObjectNode) MAPPER.readTree(directory.resolve("tokenizer.json").toFile());
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
