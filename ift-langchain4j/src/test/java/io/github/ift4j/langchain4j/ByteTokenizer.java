package io.github.ift4j.langchain4j;

import io.github.ift4j.jlama.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;

/** A tokenizer whose ids below 256 are the bytes of UTF-8, above are the marks of a chat, and above them joined tokens, if any. */
public final class ByteTokenizer {
    /** What begins and ends the messages of a chat. */
    public static final List<String> MARKS = List.of("<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>");

    static final int ASSISTANT = 258;
    static final int END = 260;
    static final int VOCABULARY = 261;

    /**
     * Two neighbouring tokens that become one, each char a byte as byte-level vocabularies write it.
     *
     * @param left the first
     * @param right the second
     */
    public record Merge(String left, String right) {}

    private static final char[] CHARS = chars();

    private ByteTokenizer() {}

    private static char[] chars() {
        char[] chars = new char[0x100];
        int next = 0x100;
        for (int value = 0; value < chars.length; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
            chars[value] = (char) (printable ? value : next++);
        }
        return chars;
    }

    static Tokenizer load() {
        try {
            Path directory = Files.createTempDirectory("byte-tokenizer");
            Path file = directory.resolve("tokenizer.json");
            try {
                Files.writeString(file, json(List.of()));
                return Tokenizer.load(directory);
            } finally {
                Files.delete(file);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How byte-level vocabularies write this byte. */
    public static char charOf(int value) {
        return CHARS[value];
    }

    /**
     * Content of {@code tokenizer.json}.
     *
     * @param merges most urgent first; with them text is divided at words, and merges never cross
     */
    public static String json(List<Merge> merges) {
        StringJoiner vocabulary = new StringJoiner(",");
        StringJoiner added = new StringJoiner(",");
        StringJoiner joins = new StringJoiner(",");
        for (int id = 0; id < CHARS.length; id++) {
            vocabulary.add("%s:%d".formatted(quoted(String.valueOf(CHARS[id])), id));
        }
        for (int i = 0; i < MARKS.size(); i++) {
            vocabulary.add("\"%s\":%d".formatted(MARKS.get(i), 0x100 + i));
            added.add("""
                {"id":%d,"content":"%s","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,
                 "special":true}\
                """.formatted(0x100 + i, MARKS.get(i)));
        }
        int next = VOCABULARY;
        for (Merge merge : merges) {
            vocabulary.add("%s:%d".formatted(quoted(merge.left() + merge.right()), next++));
            joins.add("[%s,%s]".formatted(quoted(merge.left()), quoted(merge.right())));
        }
        String byteLevel = "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":"
                + !merges.isEmpty() + "}";
        return """
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[%s],"normalizer":null,
             "pre_tokenizer":%s,"post_processor":null,"decoder":%s,
             "model":{"type":"BPE","vocab":{%s},"merges":[%s]}}\
            """.formatted(added, byteLevel, byteLevel, vocabulary, joins);
    }

    private static String quoted(String token) {
        return '"' + token.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
