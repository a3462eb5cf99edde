package io.github.ift4j.jlama.generation;

/** A request that found as many others waiting as may wait. */
public final class QueueFullException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    QueueFullException(int inside, int waiting) {
        super("the model is busy: " + inside + " requests are being answered and " + waiting
                + " wait, which is all that may; try again later or raise maxQueuedRequests");
    }
}
