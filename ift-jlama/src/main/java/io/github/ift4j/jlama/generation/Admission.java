package io.github.ift4j.jlama.generation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets a bounded number of requests in at a time, first come, first served, and closes when the last one has left. */
final class Admission {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition left = lock.newCondition();
    private final Deque<Condition> waiting = new ArrayDeque<>();
    private final int places;
    private int inside;
    private volatile boolean closed;

    Admission(int places) {
        this.places = places;
    }

    /**
     * Waits for a place.
     *
     * @param mayWait false for a request that is made inside another: if it waited, nobody might ever leave
     * @return whether there is one; false when the request was cancelled, its thread interrupted (and still is) or admission
     *     closed in the meantime
     * @throws IllegalStateException when admission was closed before, or there is no place and waiting is not allowed
     */
    boolean enter(Cancellation cancellation, boolean mayWait) {
        lock.lock();
        try {
            checkOpen();
            if (!mayWait && inside >= places) {
                throw new IllegalStateException("a listener asked the model that calls it while all " + places
                        + " places were taken; ask from another thread, or after the answer is complete");
            }
            Condition mine = lock.newCondition();
            waiting.add(mine);
            cancellation.onCancel(() -> wake(mine));
            boolean admitted = await(mine, cancellation);
            waiting.remove(mine);
            cancellation.onCancel(() -> {});
            if (admitted) {
                inside++;
            }
            wakeFirst();
            return admitted;
        } finally {
            lock.unlock();
        }
    }

    private boolean await(Condition mine, Cancellation cancellation) {
        while (!closed && !cancellation.isCancelled()) {
            if (waiting.peek() == mine && inside < places) {
                return true;
            }
            try {
                mine.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    /** Gives the place back. */
    void leave() {
        lock.lock();
        try {
            inside--;
            wakeFirst();
            left.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether {@link #close()} has been called. */
    boolean isClosed() {
        return closed;
    }

    /** Throws {@link IllegalStateException} after {@link #close()}. */
    void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the model has been closed; load it again");
        }
    }

    /** Refuses new requests, turns away those that wait and returns when the last one inside has left. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiting.forEach(Condition::signal);
            while (inside > 0) {
                left.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void wake(Condition waiter) {
        lock.lock();
        try {
            waiter.signal();
        } finally {
            lock.unlock();
        }
    }

    private void wakeFirst() {
        Condition first = waiting.peek();
        if (first != null) {
            first.signal();
        }
    }
}
