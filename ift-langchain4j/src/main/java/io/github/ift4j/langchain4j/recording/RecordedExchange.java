package io.github.ift4j.langchain4j.recording;

import com.google.common.base.Preconditions;
import com.google.common.hash.Hashing;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.TrainingRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One request and its answer.
 *
 * @param id of the response, by which it is rated and forgotten
 * @param started when the request came
 * @param time when the answer was whole
 * @param speaker who asked
 * @param model which model or adapter answered; empty when it did not say
 * @param modelVersion SHA-256 of what answered, where the model says it (see {@code IftChatResponseMetadata})
 * @param inputTokens of the prompt, if known
 * @param outputTokens of the answer, if known
 * @param messages all of the request, redacted, and the answer as the last one
 * @param tools that were on offer, as chat templates read them
 */
public record RecordedExchange(
        String id,
        Instant started,
        Instant time,
        Speaker speaker,
        String model,
        Optional<String> modelVersion,
        OptionalInt inputTokens,
        OptionalInt outputTokens,
        List<Message> messages,
        List<Map<String, Object>> tools) {
    public RecordedExchange {
        Preconditions.checkArgument(!id.isBlank(), "the id of an exchange must not be blank");
        Objects.requireNonNull(started, "started");
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(speaker, "speaker");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(modelVersion, "modelVersion");
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        Preconditions.checkArgument(!messages.isEmpty(), "an exchange must have messages");
    }

    /** What a model can learn from. */
    public TrainingRecord.Conversation toTrainingRecord() {
        return new TrainingRecord.Conversation(messages, tools, "exchange " + id);
    }

    /** The one line of JSON that is written; {@code ift train --data} reads it. */
    public String toJson() {
        return ExchangeJson.write(this);
    }

    /** SHA-256 of {@link #toJson()} in UTF-8, in hexadecimal. */
    public String sha256() {
        return Hashing.sha256().hashString(toJson(), StandardCharsets.UTF_8).toString();
    }
}
