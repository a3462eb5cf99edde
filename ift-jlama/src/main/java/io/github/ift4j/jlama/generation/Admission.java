package io.github.ift4j.jlama.generation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets a bounded number of requests in at a time, lets a bounded number wait, and closes when the last one has left.
 *
 * <p>Requests come in groups, one for each adapter, say. A free place goes to the group that has the fewest places, and within a group
 * first come, first served; of groups with equally many, to the one that has waited longest. So a group with many requests cannot keep
 * others out.
 */
final class Admission {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition left = lock.newCondition();
    /** In the order of their coming. */
    private final List<Waiter> waiting = new ArrayList<>();
    /** Places taken by each group that has any. */
    private final Map<Object, Integer> taken = new HashMap<>();

    private final int places;
    private final int maxWaiting;
    private int inside;
    private volatile boolean refusing;
    private volatile boolean closed;

    private record Waiter(Object group, Condition turn) {}

    /**
     * @param places most requests inside at a time
     * @param maxWaiting most requests that may wait
     */
    Admission(int places, int maxWaiting) {
        this.places = places;
        this.maxWaiting = maxWaiting;
    }

    /**
     * Waits for a place.
     *
     * @param group whom the place counts for
     * @param mayWait false for a request that is made inside another: if it waited, nobody might ever leave
     * @return whether there is one; false when the request was cancelled, its time was up, its thread interrupted (and still is) or
     *     admission closed in the meantime
     * @throws QueueFullException when there is no place to wait
     * @throws IllegalStateException when admission was closed before, or there is no place and waiting is not allowed
     */
    boolean enter(Object group, Cancellation cancellation, boolean mayWait) {
        lock.lock();
        try {
            checkOpen();
            if (!mayWait) {
                return enterWithin(group);
            }
            boolean mustWait = inside >= places || !waiting.isEmpty();
            if (mustWait && waiting.size() >= maxWaiting) {
                throw new QueueFullException(inside, waiting.size());
            }
            Waiter mine = new Waiter(group, lock.newCondition());
            waiting.add(mine);
            cancellation.onCancel(() -> wake(mine));
            boolean admitted = await(mine, cancellation);
            waiting.remove(mine);
            cancellation.onCancel(() -> {});
            if (admitted) {
                take(group);
            }
            wakeNext();
            left.signalAll();
            return admitted;
        } finally {
            lock.unlock();
        }
    }

    private boolean enterWithin(Object group) {
        if (inside >= places) {
            throw new IllegalStateException("a listener asked the model that calls it while all " + places
                    + " places were taken; ask from another thread, or after the answer is complete");
        }
        take(group);
        return true;
    }

    private boolean await(Waiter mine, Cancellation cancellation) {
        while (!closed && !cancellation.hasEnded()) {
            if (inside < places && next() == mine) {
                return true;
            }
            try {
                mine.turn().await(cancellation.remainingNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    /** Who has the next place; null when nobody waits. */
    private Waiter next() {
        return waiting.stream()
                .min(Comparator.comparingInt(waiter -> taken.getOrDefault(waiter.group(), 0)))
                .orElse(null);
    }

    private void take(Object group) {
        inside++;
        taken.merge(group, 1, Integer::sum);
    }

    /** Gives the place back. */
    void leave(Object group) {
        lock.lock();
        try {
            inside--;
            taken.computeIfPresent(group, (_, count) -> count == 1 ? null : count - 1);
            wakeNext();
            left.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Number of requests that wait. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Who is inside and who waits. */
    Occupancy occupancy() {
        lock.lock();
        try {
            return new Occupancy(inside, waiting.size(), !refusing);
        } finally {
            lock.unlock();
        }
    }

    /** Whether those inside are to leave. */
    boolean isClosed() {
        return closed;
    }

    /** Throws {@link IllegalStateException} after {@link #close}. */
    void checkOpen() {
        if (refusing) {
            throw new IllegalStateException("the model has been closed; load it again");
        }
    }

    /**
     * Refuses new requests, lets those inside and those that wait go on for some time, then turns away those that still wait and returns
     * when the last one inside has left.
     *
     * @param grace how long; when the thread is interrupted, it ends at once
     */
    void close(Duration grace) {
        lock.lock();
        try {
            refusing = true;
            awaitEmpty(grace);
            closed = true;
            waiting.forEach(waiter -> waiter.turn().signal());
            while (inside > 0) {
                left.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitEmpty(Duration grace) {
        long nanos = TimeUnit.NANOSECONDS.convert(grace);
        try {
            while (inside + waiting.size() > 0 && nanos > 0 && !closed) {
                nanos = left.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void wake(Waiter waiter) {
        lock.lock();
        try {
            waiter.turn().signal();
        } finally {
            lock.unlock();
        }
    }

    private void wakeNext() {
        Waiter next = next();
        if (next != null) {
            next.turn().signal();
        }
    }
}
