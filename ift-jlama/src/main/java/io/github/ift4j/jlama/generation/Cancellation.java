package io.github.ift4j.jlama.generation;

/**
 * Ends a request from any thread. The request ends before its next token, or at once while it waits for its turn.
 */
public final class Cancellation {
    private boolean cancelled;
    private Runnable action = () -> {};

    /** Cancels the request; a second call changes nothing. */
    public void cancel() {
        Runnable wake;
        synchronized (this) {
            cancelled = true;
            wake = action;
        }
        wake.run();
    }

    /** Whether {@link #cancel()} has been called. */
    public synchronized boolean isCancelled() {
        return cancelled;
    }

    /** Runs {@code newAction} on every call of {@link #cancel()} from now on, in place of what was set before. */
    synchronized void onCancel(Runnable newAction) {
        action = newAction;
    }
}
