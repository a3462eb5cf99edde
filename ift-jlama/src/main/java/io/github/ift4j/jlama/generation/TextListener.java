package io.github.ift4j.jlama.generation;

/** Receives an answer while it is written. */
@FunctionalInterface
public interface TextListener {
    /** Listens to nothing. */
    TextListener NONE = text -> {};

    /**
     * The next piece of the answer; called at most once a token, on the thread that generates.
     *
     * @param text whole characters, at least one; all pieces together are {@link GenerationResult#text()}
     */
    void onText(String text);
}
