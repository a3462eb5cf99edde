package io.github.ift4j.samples.web;

import com.google.common.base.Throwables;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/**
 * Sends an answer to the browser while the model writes it, as lines of JSON: {@code {"type": "text", "text": …}} for each piece, at last one
 * of type {@code done}, {@code stopped} or {@code error}. It ends early when the user stops it or the browser is gone.
 *
 * <p>Thread-safe.
 */
final class AnswerStream implements StreamingChatResponseHandler {
    private final ChatSession session;
    private final String question;
    private final ResponseBodyEmitter emitter;
    private final StringBuilder text = new StringBuilder();
    private StreamingHandle model;
    private boolean stopped;
    private boolean ended;

    /** @param session whose answer it is; told when the answer has ended */
    AnswerStream(ChatSession session, String question, ResponseBodyEmitter emitter) {
        this.session = session;
        this.question = question;
        this.emitter = emitter;
        emitter.onTimeout(this::stop);
        emitter.onError(_ -> stop());
    }

    @Override
    public synchronized void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
        model = context.streamingHandle();
        if (stopped) {
            model.cancel();
            return;
        }
        text.append(partial.text());
        send(Map.of("type", "text", "text", partial.text()));
    }

    @Override
    public synchronized void onCompleteResponse(ChatResponse response) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("type", "done");
        line.put("id", response.id());
        line.put("model", response.modelName());
        line.put("finish", String.valueOf(response.finishReason()));
        if (response.tokenUsage() != null) {
            line.put("inputTokens", response.tokenUsage().inputTokenCount());
            line.put("outputTokens", response.tokenUsage().outputTokenCount());
        }
        end(response.id(), line);
    }

    @Override
    public synchronized void onError(Throwable error) {
        end(
                null,
                Map.of(
                        "type",
                        "error",
                        "message",
                        Throwables.getRootCause(error).getMessage() + ""));
    }

    /** Ends the answer where it is; what was written of it stays. */
    synchronized void stop() {
        if (!stopped) {
            stopped = true;
            if (model != null) {
                model.cancel();
            }
            end("", Map.of("type", "stopped"));
        }
    }

    /** @param id of the answer, empty when it was broken off, null when there is none */
    private void end(String id, Map<String, Object> line) {
        if (ended) {
            return;
        }
        ended = true;
        session.end(
                this,
                id == null || text.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new ChatSession.Turn(id, question, text.toString(), Optional.empty())));
        send(line);
        emitter.complete();
    }

    private void send(Map<String, Object> line) {
        try {
            emitter.send(JsonLines.write(line), MediaType.APPLICATION_NDJSON);
        } catch (IOException | IllegalStateException e) {
            // The browser has closed the connection.
            stop();
        }
    }
}
