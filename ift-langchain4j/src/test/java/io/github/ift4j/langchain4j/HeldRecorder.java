package io.github.ift4j.langchain4j;

import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import java.util.concurrent.CountDownLatch;

/** A reader that takes its time: holds the answer at its first part until it is let go. */
final class HeldRecorder extends StreamRecorder {
    private final CountDownLatch writing = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    @Override
    public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
        super.onPartialResponse(partial, context);
        writing.countDown();
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the first part. */
    void awaitWriting() throws InterruptedException {
        writing.await();
    }

    /** Lets the answer go on. */
    HeldRecorder letGo() {
        release.countDown();
        return this;
    }
}
