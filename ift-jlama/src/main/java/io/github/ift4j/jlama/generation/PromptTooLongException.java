package io.github.ift4j.jlama.generation;

/** A prompt that does not fit into the model's context. */
public final class PromptTooLongException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    PromptTooLongException(int promptTokens, int contextLength) {
        this(promptTokens + "", contextLength);
    }

    /** @param promptTokens how many, in words */
    PromptTooLongException(String promptTokens, int contextLength) {
        super("the prompt has " + promptTokens + " tokens but the model's context holds " + contextLength
                + "; shorten the prompt or the conversation");
    }
}
