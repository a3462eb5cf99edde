package io.github.ift4j.jlama.generation;

/** Turns the tokens of one answer into text as they come. Not thread-safe. */
public interface TextStream {
    /**
     * The text that {@code token} completes.
     *
     * @return whole characters; empty while a character is incomplete and for tokens without a text
     */
    String append(int token);

    /**
     * The text up to and including a special token that is to be shown for once.
     *
     * @return whole characters
     */
    default String show(int token) {
        return append(token);
    }

    /** The text of what is still incomplete when the answer ends; empty when nothing is. */
    String finish();
}
