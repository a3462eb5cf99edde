package io.github.ift4j.jlama.generation;

import java.util.Arrays;

/** The tokens of a prompt and of its answer, as far as that is written. */
final class Transcript {
    private int[] tokens;
    private int length;

    Transcript(int[] prompt) {
        tokens = prompt.clone();
        length = prompt.length;
    }

    /** Number of tokens. */
    int length() {
        return length;
    }

    /** The token at that place. */
    int at(int index) {
        return tokens[index];
    }

    void add(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
        }
        tokens[length++] = token;
    }

    /** A copy of the tokens from one place to before another. */
    int[] range(int from, int to) {
        return Arrays.copyOfRange(tokens, from, to);
    }
}
