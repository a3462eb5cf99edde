package io.github.ift4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.ift4j.jlama.generation.GenerationResult;
import java.util.UUID;

/** The engine's results as LangChain4j's responses. */
final class ResponseMapper {
    private ResponseMapper() {}

    /** The response to an answer that was not broken off. */
    static ChatResponse toResponse(String modelName, GenerationResult result, AiMessage message) {
        return ChatResponse.builder()
                .aiMessage(message)
                .metadata(ChatResponseMetadata.builder()
                        .id("ift-" + UUID.randomUUID())
                        .modelName(modelName)
                        .tokenUsage(new TokenUsage(result.promptTokens(), result.generatedTokens()))
                        .finishReason(finishReason(result, message))
                        .build())
                .build();
    }

    /** @throws LangChain4jException when the answer was broken off */
    static void requireWhole(GenerationResult result) {
        if (result.finishReason() == io.github.ift4j.jlama.generation.FinishReason.CANCELLED) {
            throw new LangChain4jException(
                    "the answer was broken off: its thread was interrupted or the engine was closed");
        }
    }

    private static FinishReason finishReason(GenerationResult result, AiMessage message) {
        return switch (result.finishReason()) {
            case STOP -> message.hasToolExecutionRequests() ? FinishReason.TOOL_EXECUTION : FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case CANCELLED -> FinishReason.OTHER;
        };
    }
}
