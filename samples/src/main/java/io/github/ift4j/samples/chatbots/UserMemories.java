package io.github.ift4j.samples.chatbots;

import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.ChatMemoryProvider;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What was said by and to each user, the latest of it as far as it fits. Thread-safe as a whole; one user says one thing at a time. */
public final class UserMemories implements ChatMemoryProvider {
    private final Map<Object, ChatMemory> memories = new ConcurrentHashMap<>();
    private final TokenCountEstimator estimator;
    private final int maxTokens;

    /**
     * Memories of nothing.
     *
     * @param maxTokens most tokens of a memory
     */
    public UserMemories(TokenCountEstimator estimator, int maxTokens) {
        this.estimator = estimator;
        this.maxTokens = maxTokens;
    }

    /** The memory of a user. */
    @Override
    public ChatMemory get(Object user) {
        return memories.computeIfAbsent(
                user,
                id -> TokenWindowChatMemory.builder()
                        .id(id)
                        .maxTokens(maxTokens, estimator)
                        .build());
    }

    /**
     * Makes sure that a question can be remembered long enough to be answered.
     *
     * @throws IllegalArgumentException when it is too long
     */
    void requireRoom(String question) {
        int tokens = estimator.estimateTokenCountInText(question);
        if (tokens >= maxTokens) {
            throw new IllegalArgumentException("the question has " + tokens
                    + " tokens, and the model's context has room for " + (maxTokens - 1) + "; make it shorter");
        }
    }
}
