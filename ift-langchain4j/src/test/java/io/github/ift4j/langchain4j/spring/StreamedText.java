package io.github.ift4j.langchain4j.spring;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for a streamed answer and puts its parts together. */
class StreamedText implements StreamingChatResponseHandler {
    private final StringBuffer text = new StringBuffer();
    private final CompletableFuture<String> whole = new CompletableFuture<>();

    /** The answer of a model. */
    static String of(StreamingChatModel model, String question) throws Exception {
        StreamedText text = new StreamedText();
        model.chat(question, text);
        return text.await();
    }

    @Override
    public void onPartialResponse(String partial) {
        text.append(partial);
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        whole.complete(text.toString());
    }

    @Override
    public void onError(Throwable error) {
        whole.completeExceptionally(error);
    }

    /** The whole answer, when it is there. */
    String await() throws Exception {
        return whole.get(30, TimeUnit.SECONDS);
    }

    static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
