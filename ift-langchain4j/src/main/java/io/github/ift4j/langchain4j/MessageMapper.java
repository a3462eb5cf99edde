package io.github.ift4j.langchain4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** LangChain4j's messages as the JSON objects that chat templates read. */
public final class MessageMapper {
    private static final ObjectMapper JSON = new ObjectMapper();

    private MessageMapper() {}

    /**
     * The messages in the same order, with {@code role}, {@code content} and what else they have.
     *
     * @throws UnsupportedFeatureException when a message holds anything but text
     */
    public static List<Message> toMessages(List<ChatMessage> messages) {
        return messages.stream().map(MessageMapper::toMessage).toList();
    }

    /**
     * The messages of a request, with what an IFT model is told of the form of its answer in the system message. Where it could not be
     * told, because it does not know that form, the messages are as they were given.
     *
     * @throws UnsupportedFeatureException when a message holds anything but text
     */
    public static List<Message> toMessages(ChatRequest request) {
        List<Message> messages = toMessages(request.messages());
        return instruction(request)
                .map(text -> ToolTemplate.withInstruction(messages, text))
                .orElse(messages);
    }

    private static Optional<String> instruction(ChatRequest request) {
        try {
            return AnswerFormat.of(request.parameters()).instruction();
        } catch (UnsupportedFeatureException | InvalidRequestException otherModel) {
            return Optional.empty();
        }
    }

    private static Message toMessage(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> Message.of("system", system.text());
            case UserMessage user -> toMessage(user);
            case AiMessage ai -> toMessage(ai);
            case ToolExecutionResultMessage result -> toMessage(result);
            default ->
                throw new UnsupportedFeatureException(
                        "Messages of type " + message.type() + " are not supported by IFT models");
        };
    }

    private static Message toMessage(UserMessage user) {
        Map<String, Object> fields = fields("user", text(user.contents()));
        if (user.name() != null) {
            fields.put("name", user.name());
        }
        return new Message(fields);
    }

    private static Message toMessage(AiMessage ai) {
        Map<String, Object> fields = fields("assistant", ai.text() == null ? "" : ai.text());
        if (ai.hasToolExecutionRequests()) {
            fields.put(
                    "tool_calls",
                    ai.toolExecutionRequests().stream()
                            .map(MessageMapper::toToolCall)
                            .toList());
        }
        return new Message(fields);
    }

    private static Map<String, Object> toToolCall(ToolExecutionRequest request) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", request.name());
        function.put("arguments", arguments(request));
        Map<String, Object> call = new LinkedHashMap<>();
        if (request.id() != null) {
            call.put("id", request.id());
        }
        call.put("type", "function");
        call.put("function", function);
        return call;
    }

    /** Templates write arguments from an object; what is no JSON object stays the text it is. */
    private static Object arguments(ToolExecutionRequest request) {
        if (request.arguments() == null || request.arguments().isBlank()) {
            return Map.of();
        }
        try {
            return JSON.readValue(request.arguments(), Map.class);
        } catch (JsonProcessingException e) {
            return request.arguments();
        }
    }

    private static Message toMessage(ToolExecutionResultMessage result) {
        if (!result.contents().stream().allMatch(TextContent.class::isInstance)) {
            throw new UnsupportedFeatureException(
                    "tool results with non-text content are not supported by IFT models; return text from the tool");
        }
        Map<String, Object> fields = fields("tool", text(result.contents()));
        if (result.id() != null) {
            fields.put("tool_call_id", result.id());
        }
        if (result.toolName() != null) {
            fields.put("name", result.toolName());
        }
        return new Message(fields);
    }

    private static Map<String, Object> fields(String role, String content) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content);
        return fields;
    }

    private static String text(List<Content> contents) {
        return contents.stream().map(MessageMapper::text).collect(Collectors.joining("\n"));
    }

    private static String text(Content content) {
        if (content instanceof TextContent text) {
            return text.text();
        }
        throw new UnsupportedFeatureException("Content of type "
                + content.type().name().toLowerCase(Locale.ROOT) + " is not supported by IFT models; send text");
    }
}
