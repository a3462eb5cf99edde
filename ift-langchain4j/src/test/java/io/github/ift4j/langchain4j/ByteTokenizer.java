package io.github.ift4j.langchain4j;

import io.github.ift4j.jlama.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A tokenizer whose ids below 256 are the bytes of UTF-8, and above are the marks of a chat. */
final class ByteTokenizer {
    static final List<String> MARKS = List.of("<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>");
    static final int ASSISTANT = 258;
    static final int END = 260;
    static final int VOCABULARY = 261;

    private ByteTokenizer() {}

    static Tokenizer load() {
        try {
            Path directory = Files.createTempDirectory("byte-tokenizer");
            Path file = directory.resolve("tokenizer.json");
            try {
                Files.writeString(file, json());
                return Tokenizer.load(directory);
            } finally {
                Files.delete(file);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String json() {
        StringBuilder vocabulary = new StringBuilder();
        StringBuilder added = new StringBuilder();
        int next = 0x100;
        for (int id = 0; id < 0x100; id++) {
            boolean printable = (id >= '!' && id <= '~') || (id >= 0xA1 && id <= 0xAC) || id >= 0xAE;
            char c = (char) (printable ? id : next++);
            String escaped = c == '"' || c == '\\' ? "\\" + c : String.valueOf(c);
            vocabulary.append("\"%s\":%d,".formatted(escaped, id));
        }
        for (int i = 0; i < MARKS.size(); i++) {
            String comma = i == MARKS.size() - 1 ? "" : ",";
            vocabulary.append("\"%s\":%d%s".formatted(MARKS.get(i), 0x100 + i, comma));
            added.append("""
                {"id":%d,"content":"%s","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,
                 "special":true}%s\
                """.formatted(0x100 + i, MARKS.get(i), comma));
        }
        String byteLevel =
                "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false}";
        return """
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[%s],"normalizer":null,
             "pre_tokenizer":%s,"post_processor":null,"decoder":%s,
             "model":{"type":"BPE","vocab":{%s},"merges":[]}}\
            """.formatted(added, byteLevel, byteLevel, vocabulary);
    }
}
