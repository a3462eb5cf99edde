package io.github.ift4j.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.text.tools.ToolCall;
import io.github.ift4j.jlama.text.tools.ToolCallListener;

/** Generates one answer and tells a handler of it, protected from what the handler throws. */
final class StreamedAnswer implements Runnable, StreamingHandle, ToolCallListener {
    private static final System.Logger LOGGER = System.getLogger(StreamedAnswer.class.getName());

    private final PreparedRequest request;
    private final StreamingChatResponseHandler handler;
    private final Cancellation cancellation;

    StreamedAnswer(PreparedRequest request, StreamingChatResponseHandler handler) {
        this.request = request;
        this.handler = handler;
        this.cancellation = request.newCancellation();
    }

    @Override
    public void run() {
        ChatResponse response;
        try {
            response = request.answer(this, cancellation);
        } catch (RuntimeException | Error e) {
            if (!cancellation.isCancelled()) {
                tellError(handler, e);
            }
            return;
        }
        tell(() -> handler.onCompleteResponse(response));
    }

    @Override
    public void onText(String text) {
        tell(() -> handler.onPartialResponse(new PartialResponse(text), new PartialResponseContext(this)));
    }

    @Override
    public void onPartialCall(int index, String id, String name, String arguments) {
        PartialToolCall call = PartialToolCall.builder()
                .index(index)
                .id(id)
                .name(name)
                .partialArguments(arguments)
                .build();
        tell(() -> handler.onPartialToolCall(call, new PartialToolCallContext(this)));
    }

    @Override
    public void onCall(int index, ToolCall call) {
        tell(() -> handler.onCompleteToolCall(new CompleteToolCall(index, CollectedAnswer.toRequest(call))));
    }

    private void tell(Runnable callback) {
        if (cancellation.isCancelled()) {
            return;
        }
        try {
            callback.run();
        } catch (Throwable e) {
            tellError(handler, e);
        }
    }

    /** Reports an error and swallows what the handler makes of it. */
    static void tellError(StreamingChatResponseHandler handler, Throwable error) {
        try {
            handler.onError(error);
        } catch (Throwable e) {
            LOGGER.log(System.Logger.Level.WARNING, "onError of a streaming handler threw; this is ignored", e);
        }
    }

    @Override
    public void cancel() {
        cancellation.cancel();
    }

    @Override
    public boolean isCancelled() {
        return cancellation.isCancelled();
    }
}
