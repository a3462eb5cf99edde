package io.github.ift4j.jlama.text;

import com.google.common.base.Preconditions;
import java.util.Arrays;
import java.util.stream.IntStream;

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

    /**
     * At most so many tokens: the first ones, and those that the tokenizer added behind the text, as HuggingFace truncates. Models that
     * were trained to sum a text up in its last token need that one.
     */
    public Encoding cut(int most) {
        if (length() <= most) {
            return this;
        }
        int added = Math.min(most, addedBehind());
        int[] kept = IntStream.concat(IntStream.range(0, most - added), IntStream.range(length() - added, length()))
                .toArray();
        return new Encoding(at(kept, ids), at(kept, starts), at(kept, ends));
    }

    private int addedBehind() {
        int first = length();
        while (first > 0 && starts[first - 1] == ADDED) {
            first--;
        }
        return length() - first;
    }

    private static int[] at(int[] places, int[] values) {
        return Arrays.stream(places).map(place -> values[place]).toArray();
    }

    /** Number of tokens. */
    public int length() {
        return ids.length;
    }
}
