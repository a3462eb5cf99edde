package io.github.ift4j.samples.web;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses how much of a chat the model reads: the latest turns that fit into its context.
 *
 * @param estimator counts tokens
 * @param maxTokens most tokens of a prompt
 */
record PromptWindow(TokenCountEstimator estimator, int maxTokens) {
    /**
     * A prompt that ends with the question.
     *
     * @param messages the turns before it, a message of the user and one of the model each
     */
    List<ChatMessage> fit(List<ChatMessage> messages, String question) {
        List<ChatMessage> prompt = new ArrayList<>(messages);
        prompt.add(UserMessage.from(question));
        while (prompt.size() > 1 && estimator.estimateTokenCountInMessages(prompt) > maxTokens) {
            prompt.subList(0, 2).clear();
        }
        return prompt;
    }
}
