package io.github.ift4j.jlama.generation;

/** How the hidden states of a text's tokens become one vector. */
public enum Pooling {
    /** The mean over all tokens. */
    MEAN,
    /** The state of the last token, which alone has seen the whole text. */
    LAST_TOKEN
}
