package io.github.ift4j.jlama.generation;

import com.google.common.base.Preconditions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Ends a request from any thread, or when its time is up. The request ends before its next token, or at once while it waits for its
 * turn.
 */
public final class Cancellation {
    private final long start = System.nanoTime();
    private final long nanos;
    private boolean cancelled;
    private Runnable action = () -> {};

    /** Without a limit of time. */
    public Cancellation() {
        this(Long.MAX_VALUE);
    }

    private Cancellation(long nanos) {
        this.nanos = nanos;
    }

    /**
     * With a limit of time that begins now and covers waiting as well as generating.
     *
     * @throws IllegalArgumentException when it is not positive
     */
    public static Cancellation after(Duration timeout) {
        Preconditions.checkArgument(timeout.isPositive(), "timeout must be positive, was %s", timeout);
        return new Cancellation(TimeUnit.NANOSECONDS.convert(timeout));
    }

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

    /** Whether the time is up. */
    public boolean isExpired() {
        return remainingNanos() <= 0;
    }

    /** Whether the request is to end, for either reason. */
    boolean hasEnded() {
        return isCancelled() || isExpired();
    }

    /** Time that is left, in nanoseconds; not positive when it is up. */
    long remainingNanos() {
        return nanos == Long.MAX_VALUE ? nanos : nanos - (System.nanoTime() - start);
    }

    /** Runs {@code newAction} on every call of {@link #cancel()} from now on, in place of what was set before. */
    synchronized void onCancel(Runnable newAction) {
        action = newAction;
    }
}
