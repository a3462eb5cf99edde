package io.github.ift4j.samples.web;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * Answers as a function says, word by word. What asks it to {@code count} gets numbers until it is stopped; what asks it to
 * {@code fail} gets an error.
 */
final class ScriptedChat implements StreamingChatModel {
    private static final int MOST = 100_000;

    /** A model takes some time for each token. */
    private static final long TOKEN_NANOS = 2_000_000;

    final List<ChatRequest> requests = new CopyOnWriteArrayList<>();
    private final UnaryOperator<String> script;

    ScriptedChat(UnaryOperator<String> script) {
        this.script = script;
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        requests.add(request);
        String question = ((UserMessage) request.messages().getLast()).singleText();
        Thread.ofPlatform().daemon().start(() -> answer(question, request.modelName(), handler));
    }

    private void answer(String question, String modelName, StreamingChatResponseHandler handler) {
        if (question.equals("fail")) {
            handler.onError(new IllegalStateException("out of <b>luck</b>"));
            return;
        }
        Handle handle = new Handle();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < MOST && !handle.isCancelled(); i++) {
            String[] words =
                    question.equals("count") ? null : script.apply(question).split("(?<= )");
            if (words != null && i >= words.length) {
                break;
            }
            LockSupport.parkNanos(TOKEN_NANOS);
            String part = words == null ? i + " " : words[i];
            text.append(part);
            handler.onPartialResponse(new PartialResponse(part), new PartialResponseContext(handle));
        }
        if (!handle.isCancelled()) {
            handler.onCompleteResponse(ChatResponse.builder()
                    .id(UUID.randomUUID().toString())
                    .modelName(modelName)
                    .aiMessage(AiMessage.from(text.toString()))
                    .tokenUsage(new TokenUsage(1, 2))
                    .finishReason(FinishReason.STOP)
                    .build());
        }
    }

    private static final class Handle implements StreamingHandle {
        private final AtomicBoolean cancelled = new AtomicBoolean();

        @Override
        public void cancel() {
            cancelled.set(true);
        }

        @Override
        public boolean isCancelled() {
            return cancelled.get();
        }
    }
}
