package io.github.ift4j.jlama.generation;

import java.time.Duration;

/**
 * An answer.
 *
 * @param text what was handed to the listener, without stop string and stop token
 * @param tokens ids generated, the stop token included, [tokens]
 * @param finishReason why it ended
 * @param promptTokens number of tokens of the prompt
 * @param reusedTokens number of the prompt's first tokens that did not have to be read, because a context of a request before still
 *     held them
 * @param draftedTokens number of tokens that a draft has proposed; 0 without one
 * @param acceptedTokens number of those that the answer took: what came without a step of its own
 * @param promptTime how long it took to read the prompt, waiting included
 * @param generationTime how long it took to write the answer, waiting included
 */
public record GenerationResult(
        String text,
        int[] tokens,
        FinishReason finishReason,
        int promptTokens,
        int reusedTokens,
        int draftedTokens,
        int acceptedTokens,
        Duration promptTime,
        Duration generationTime) {
    /** Number of tokens generated, the stop token included. */
    public int generatedTokens() {
        return tokens.length;
    }
}
