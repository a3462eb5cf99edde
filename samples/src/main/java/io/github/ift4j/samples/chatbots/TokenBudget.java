package io.github.ift4j.samples.chatbots;

/**
 * How the context of a model is divided in a conversation. All are numbers of tokens.
 *
 * @param answer most of an answer
 * @param memory most of what was said before, the question included
 * @param tools set aside for the description of tools; 0 where there is no room for any
 */
public record TokenBudget(int answer, int memory, int tools) {
    private static final int LONGEST_CONTEXT = 4096;
    private static final int LONGEST_ANSWER = 512;
    private static final int TOOLS = 512;

    /** The tokens by which a chat template may begin a conversation and an answer. */
    private static final int MARKS = 16;

    /**
     * A quarter of the context for the answer, the rest for the memory and, if they leave it at least a quarter, for tools.
     *
     * @param contextLength what the model can read; more than 4096 is not used, so that a turn takes bounded time
     * @throws IllegalArgumentException when a conversation does not fit
     */
    public static TokenBudget of(int contextLength) {
        if (contextLength < 4 * MARKS) {
            throw new IllegalArgumentException("the model's context of " + contextLength
                    + " tokens is too short for a conversation, which takes " + 4 * MARKS);
        }
        int context = Math.min(contextLength, LONGEST_CONTEXT);
        int answer = Math.min(context / 4, LONGEST_ANSWER);
        int tools = context - answer - TOOLS - MARKS >= context / 4 - MARKS ? TOOLS : 0;
        return new TokenBudget(answer, context - answer - tools - MARKS, tools);
    }
}
