package io.github.ift4j.langchain4j;

import dev.langchain4j.model.StreamingResponseHandler;
import dev.langchain4j.model.output.Response;
import io.github.ift4j.jlama.generation.Cancellation;

/** Generates one text and tells a handler of it, protected from what the handler throws. */
final class StreamedText implements Runnable {
    private static final System.Logger LOGGER = System.getLogger(StreamedText.class.getName());

    private final PreparedRequest request;
    private final StreamingResponseHandler<String> handler;
    private final Cancellation cancellation;

    StreamedText(PreparedRequest request, StreamingResponseHandler<String> handler) {
        this.request = request;
        this.handler = handler;
        this.cancellation = request.newCancellation();
    }

    @Override
    public void run() {
        Response<String> response;
        try {
            response =
                    IftLanguageModel.response(request.generate(text -> tell(() -> handler.onNext(text)), cancellation));
        } catch (RuntimeException | Error e) {
            tellError(handler, e);
            return;
        }
        tell(() -> handler.onComplete(response));
    }

    private void tell(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable e) {
            tellError(handler, e);
        }
    }

    /** Reports an error and swallows what the handler makes of it. */
    static void tellError(StreamingResponseHandler<String> handler, Throwable error) {
        try {
            handler.onError(error);
        } catch (Throwable e) {
            LOGGER.log(System.Logger.Level.WARNING, "onError of a streaming handler threw; this is ignored", e);
        }
    }
}
