package io.github.ift4j.samples.chatbots;

import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.service.TokenStream;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** One reply on its way. {@link #cancel} ends it with its next piece. */
final class StreamedReply {
    private final Consumer<String> reader;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean cancelled;
    private volatile Throwable error;

    /** @param reader gets the text piece by piece, on the thread that writes it */
    StreamedReply(Consumer<String> reader) {
        this.reader = reader;
    }

    /**
     * Waits until the reply is complete or has been cancelled.
     *
     * @return whether it is complete
     * @throws RuntimeException when the model failed
     */
    boolean await(TokenStream stream) throws InterruptedException {
        stream.onPartialResponseWithContext((piece, context) -> {
                    if (goesOn(context.streamingHandle())) {
                        reader.accept(piece.text());
                    }
                })
                .onPartialToolCallWithContext((call, context) -> goesOn(context.streamingHandle()))
                .onCompleteResponse(response -> ended.countDown())
                .onError(this::fail)
                .start();
        ended.await();
        if (error != null) {
            throw new IllegalStateException(error.getMessage(), error);
        }
        return !cancelled;
    }

    /** Ends the reply early. */
    void cancel() {
        cancelled = true;
    }

    /** On the thread that writes, which has no more to say once the handle is cancelled. */
    private boolean goesOn(StreamingHandle handle) {
        if (cancelled) {
            handle.cancel();
            ended.countDown();
        }
        return !cancelled;
    }

    private void fail(Throwable failure) {
        error = Optional.ofNullable(failure).orElseGet(IllegalStateException::new);
        ended.countDown();
    }
}
