package io.github.ift4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.ModelVersion;
import java.util.UUID;

/** The engine's results as LangChain4j's responses. */
final class ResponseMapper {
    private ResponseMapper() {}

    /** The response to an answer that was not broken off. */
    static ChatResponse toResponse(ModelVersion version, GenerationResult result, AiMessage message) {
        return ChatResponse.builder()
                .aiMessage(message)
                .metadata(IftChatResponseMetadata.builder()
                        .id("ift-" + UUID.randomUUID())
                        .modelName(version.modelName())
                        .tokenUsage(tokenUsage(result))
                        .finishReason(
                                message.hasToolExecutionRequests()
                                                && result.finishReason()
                                                        == io.github.ift4j.jlama.generation.FinishReason.STOP
                                        ? FinishReason.TOOL_EXECUTION
                                        : finishReason(result))
                        .version(version)
                        .measured(result)
                        .build())
                .build();
    }

    static TokenUsage tokenUsage(GenerationResult result) {
        return new TokenUsage(result.promptTokens(), result.generatedTokens());
    }

    /** Why an answer that was not broken off ended. */
    static FinishReason finishReason(GenerationResult result) {
        return switch (result.finishReason()) {
            case STOP -> FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case CANCELLED -> throw new IllegalArgumentException("an answer that was broken off is no response");
        };
    }
}
