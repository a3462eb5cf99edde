package io.github.ift4j.langchain4j.recording;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.langchain4j.IftChatResponseMetadata;
import io.github.ift4j.langchain4j.MessageMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** Makes an exchange of LangChain4j's request and response. */
final class ExchangeMapper {
    private final Redaction redaction;

    ExchangeMapper(Redaction redaction) {
        this.redaction = redaction;
    }

    /**
     * The redacted exchange.
     *
     * @throws dev.langchain4j.exception.UnsupportedFeatureException when a message holds something other than text
     */
    RecordedExchange exchange(Finished finished) {
        ChatRequest request = finished.request();
        ChatResponse response = finished.response();
        List<Message> messages = new ArrayList<>(MessageMapper.toMessages(request));
        messages.addAll(MessageMapper.toMessages(List.of(response.aiMessage())));
        List<Message> redacted = messages.stream().map(redaction::redact).toList();
        return new RecordedExchange(
                finished.id(),
                finished.started(),
                finished.time(),
                finished.speaker(),
                model(request, response),
                modelVersion(response),
                tokens(response, TokenUsage::inputTokenCount),
                tokens(response, TokenUsage::outputTokenCount),
                redacted,
                request.toolSpecifications().stream().map(ExchangeMapper::tool).toList());
    }

    private static String model(ChatRequest request, ChatResponse response) {
        String answering = response.modelName() == null ? request.modelName() : response.modelName();
        return answering == null ? "" : answering;
    }

    private static Optional<String> modelVersion(ChatResponse response) {
        return response.metadata() instanceof IftChatResponseMetadata own
                ? Optional.ofNullable(own.modelVersion())
                : Optional.empty();
    }

    private static OptionalInt tokens(ChatResponse response, Function<TokenUsage, Integer> count) {
        Integer tokens = response.tokenUsage() == null ? null : count.apply(response.tokenUsage());
        return tokens == null ? OptionalInt.empty() : OptionalInt.of(tokens);
    }

    private static Map<String, Object> tool(ToolSpecification specification) {
        Map<String, Object> function = ExchangeJson.object(specification.toJson());
        function.remove("metadata");
        Map<String, Object> tool = new LinkedHashMap<>();
        tool.put("type", "function");
        tool.put("function", function);
        return tool;
    }

    /** An answered request that is to be recorded. */
    record Finished(
            String id, Instant started, Instant time, Speaker speaker, ChatRequest request, ChatResponse response) {}
}
