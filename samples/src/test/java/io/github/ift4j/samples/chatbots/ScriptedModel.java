package io.github.ift4j.samples.chatbots;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Answers at once and on the caller's thread as a function says, word by word. */
final class ScriptedModel implements StreamingChatModel {
    final List<ChatRequest> requests = new ArrayList<>();
    private final Function<ChatRequest, AiMessage> script;
    private final Runnable betweenWords;

    ScriptedModel(Function<ChatRequest, AiMessage> script, Runnable betweenWords) {
        this.script = script;
        this.betweenWords = betweenWords;
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        requests.add(request);
        AiMessage message = script.apply(request);
        Handle handle = new Handle();
        if (message.text() != null) {
            for (String word : message.text().split("(?<= )")) {
                if (handle.cancelled) {
                    return;
                }
                handler.onPartialResponse(new PartialResponse(word), new PartialResponseContext(handle));
                betweenWords.run();
            }
        }
        if (!handle.cancelled) {
            handler.onCompleteResponse(ChatResponse.builder().aiMessage(message).build());
        }
    }

    private static final class Handle implements StreamingHandle {
        private boolean cancelled;

        @Override
        public void cancel() {
            cancelled = true;
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }
    }
}
