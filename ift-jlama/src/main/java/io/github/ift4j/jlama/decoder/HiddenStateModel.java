package io.github.ift4j.jlama.decoder;

import java.util.List;

/** A language model that also tells what it makes of each token, before that becomes logits. */
public interface HiddenStateModel extends TokenModel {
    /** Width of the hidden states. */
    int hiddenSize();

    /**
     * Feeds several contexts as {@link #step} does, but gives hidden states in place of logits: those after the model's final norm,
     * HuggingFace's {@code last_hidden_state}.
     *
     * @param feeds contexts of this model, no two of them the same; their rows are [rows, hidden], and there may be one for every
     *     token, each computed as in a sequence that ends with the last one
     * @throws IllegalArgumentException as {@link Context#append}
     */
    void hiddenStates(List<Feed> feeds);
}
