package io.github.ift4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.ift4j.jlama.generation.GenerationResult;
import io.github.ift4j.jlama.generation.ModelVersion;
import java.util.UUID;

/** The engine's results as LangChain4j's responses. */
final class ResponseMapper {
    private ResponseMapper() {}

    /** @throws LangChain4jException when the answer was broken off */
    static ChatResponse toResponse(ModelVersion version, GenerationResult result) {
        return ChatResponse.builder()
                .aiMessage(AiMessage.from(result.text()))
                .metadata(IftChatResponseMetadata.builder()
                        .id("ift-" + UUID.randomUUID())
                        .modelName(version.modelName())
                        .tokenUsage(tokenUsage(result))
                        .finishReason(finishReason(result))
                        .version(version)
                        .measured(result)
                        .build())
                .build();
    }

    static TokenUsage tokenUsage(GenerationResult result) {
        return new TokenUsage(result.promptTokens(), result.generatedTokens());
    }

    /** @throws LangChain4jException when the answer was broken off */
    static FinishReason finishReason(GenerationResult result) {
        return switch (result.finishReason()) {
            case STOP -> FinishReason.STOP;
            case LENGTH -> FinishReason.LENGTH;
            case CANCELLED ->
                throw new LangChain4jException(
                        "the answer was broken off: its thread was interrupted or the engine was closed");
        };
    }
}
