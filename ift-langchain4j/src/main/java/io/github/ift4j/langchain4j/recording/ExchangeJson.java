package io.github.ift4j.langchain4j.recording;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.ift4j.core.data.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Exchanges and ratings as lines of JSON. */
final class ExchangeJson {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final TypeReference<List<Map<String, Object>>> OBJECTS = new TypeReference<>() {};

    private ExchangeJson() {}

    static String write(RecordedExchange exchange) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", exchange.id());
        line.put("started", exchange.started().toString());
        line.put("time", exchange.time().toString());
        exchange.speaker().user().ifPresent(user -> line.put("user", user));
        exchange.speaker().conversation().ifPresent(conversation -> line.put("conversation", conversation));
        line.put("model", exchange.model());
        exchange.modelVersion().ifPresent(version -> line.put("model_version", version));
        exchange.inputTokens().ifPresent(tokens -> line.put("input_tokens", tokens));
        exchange.outputTokens().ifPresent(tokens -> line.put("output_tokens", tokens));
        line.put("messages", exchange.messages().stream().map(Message::fields).toList());
        if (!exchange.tools().isEmpty()) {
            line.put("tools", exchange.tools());
        }
        return string(line);
    }

    static String write(RatingEvent event) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", event.id());
        line.put("time", event.time().toString());
        line.put("rating", event.rating().word());
        if (!event.comment().isEmpty()) {
            line.put("comment", event.comment());
        }
        return string(line);
    }

    /** The exchange of a line; empty when it is damaged. */
    static Optional<RecordedExchange> exchange(byte[] line) {
        return read(line)
                .flatMap(node -> attempt(() -> new RecordedExchange(
                        node.path("id").asText(),
                        Instant.parse(node.path("started").asText()),
                        Instant.parse(node.path("time").asText()),
                        new Speaker(text(node, "user"), text(node, "conversation")),
                        node.path("model").asText(),
                        text(node, "model_version"),
                        number(node, "input_tokens"),
                        number(node, "output_tokens"),
                        objects(node, "messages").stream().map(Message::new).toList(),
                        objects(node, "tools"))));
    }

    /** The rating of a line; empty when it is damaged. */
    static Optional<RatingEvent> rating(byte[] line) {
        return read(line)
                .flatMap(node -> attempt(() -> new RatingEvent(
                        node.path("id").asText(),
                        Instant.parse(node.path("time").asText()),
                        Rating.of(node.path("rating").asText()),
                        node.path("comment").asText(""))));
    }

    private static Optional<JsonNode> read(byte[] line) {
        try {
            return Optional.of(JSON.readTree(line));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static <T> Optional<T> attempt(Supplier<T> value) {
        try {
            return Optional.of(value.get());
        } catch (IllegalArgumentException | NullPointerException | DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> text(JsonNode node, String field) {
        return Optional.ofNullable(node.path(field).textValue());
    }

    private static OptionalInt number(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.canConvertToInt() && value.isIntegralNumber()
                ? OptionalInt.of(value.intValue())
                : OptionalInt.empty();
    }

    private static List<Map<String, Object>> objects(JsonNode node, String field) {
        return node.has(field) ? JSON.convertValue(node.get(field), OBJECTS) : List.of();
    }

    private static String string(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The JSON object of a text. */
    static Map<String, Object> object(String json) {
        try {
            return JSON.readValue(json, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
