package io.github.ift4j.jlama.text;

import com.google.common.base.Preconditions;

/**
 * Tokens of a text and where each of them comes from.
 *
 * <p>Offsets count {@code char}s of the Java string. Tokens that share one character (bytes of it) have the same offsets; a
 * token that the tokenizer adds (BOS, say) has start and end {@link #ADDED}.
 *
 * @param ids token ids, [tokens]
 * @param starts first char of each token, [tokens]
 * @param ends one past the last char of each token, [tokens]
 */
public record Encoding(int[] ids, int[] starts, int[] ends) {
    /** Offset of a token that is not in the text. */
    public static final int ADDED = -1;

    public Encoding {
        Preconditions.checkArgument(
                ids.length == starts.length && ids.length == ends.length,
                "%s ids, %s starts and %s ends must be as many",
                ids.length,
                starts.length,
                ends.length);
    }

    /** Number of tokens. */
    public int length() {
        return ids.length;
    }
}
