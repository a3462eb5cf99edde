package io.github.ift4j.jlama.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.nio.file.Path;

/** A token beside the model's vocabulary, with the flags that the tokenizers library knows. */
record AddedToken(
        String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {
    /** The flags that transformers gives a special token of which only the name is known. */
    static AddedToken special(String content) {
        return new AddedToken(content, false, false, false, false, true);
    }

    /** The flags that transformers gives a token of {@code added_tokens.json} that has no role. */
    static AddedToken ordinary(String content) {
        return new AddedToken(content, false, false, false, true, false);
    }

    /**
     * Reads an object with {@code content} and flags.
     *
     * @param field where it stands in the file, for messages
     * @throws CheckpointException when there is no content
     */
    static AddedToken read(Path file, String field, JsonNode token) {
        if (!token.path("content").isTextual()) {
            throw new CheckpointException(
                    "%s: %s needs 'content', a string".formatted(file, TokenizerFile.shortened(field)));
        }
        boolean special = token.path("special").asBoolean(false);
        return new AddedToken(
                token.path("content").textValue(),
                token.path("single_word").asBoolean(false),
                token.path("lstrip").asBoolean(false),
                token.path("rstrip").asBoolean(false),
                token.path("normalized").asBoolean(!special),
                special);
    }

    /** As {@link #read}, for a token that is special whatever it says. */
    static AddedToken readSpecial(Path file, String field, JsonNode token) {
        AddedToken read = read(file, field, token);
        return new AddedToken(
                read.content,
                read.singleWord,
                read.lstrip,
                read.rstrip,
                token.path("normalized").asBoolean(false),
                true);
    }

    /** Writes content and flags into an entry of tokenizer.json; a token that is special there stays so. */
    void write(ObjectNode entry) {
        entry.put("content", content)
                .put("single_word", singleWord)
                .put("lstrip", lstrip)
                .put("rstrip", rstrip)
                .put("normalized", normalized)
                .put("special", special || entry.path("special").asBoolean(false));
    }
}
