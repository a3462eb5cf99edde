package io.github.ift4j.jlama.text;

import com.google.common.base.Preconditions;
import java.util.Arrays;

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

    /** Without the first token where the tokenizer added it although the text begins with that same token: BOS comes once. */
    Encoding withoutDoubledStart() {
        boolean doubled = ids.length > 1 && starts[0] == ADDED && starts[1] != ADDED && ids[0] == ids[1];
        return doubled
                ? new Encoding(
                        Arrays.copyOfRange(ids, 1, ids.length),
                        Arrays.copyOfRange(starts, 1, ids.length),
                        Arrays.copyOfRange(ends, 1, ids.length))
                : this;
    }

    /** Number of tokens. */
    public int length() {
        return ids.length;
    }
}
