package io.github.ift4j.core.parallel;

import com.google.common.base.Preconditions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed team of threads for loops over independent output tiles.
 *
 * <p>Tasks are handed out in any order to any thread, so a task must compute its own output alone, never a share of a sum:
 * then results do not depend on the number of threads. The calling thread takes part. Calls from several threads take turns;
 * a call from inside a task runs on the calling thread.
 */
public final class Workers implements AutoCloseable {
    private static final int SPINS_BEFORE_PARKING = 2_000;
    private static final int SPINS_BEFORE_YIELDING = 1_000;

    private final Thread[] threads;
    private final ReentrantLock turn = new ReentrantLock(true);
    private volatile Job job;
    private volatile boolean closed;

    /** @param threads number of threads that work, the caller included; at least 1 */
    public Workers(int threads) {
        Preconditions.checkArgument(threads >= 1, "the number of threads must be at least 1, was %s", threads);
        this.threads = new Thread[threads - 1];
        for (int i = 0; i < this.threads.length; i++) {
            int worker = i + 1;
            this.threads[i] =
                    Thread.ofPlatform().daemon().name("ift-worker-" + worker).start(() -> serve(worker));
        }
    }

    /** As many threads as {@code IFT_THREADS} says, or else one a physical core. */
    public static Workers fromEnvironment() {
        String setting = System.getenv("IFT_THREADS");
        if (setting == null || setting.isBlank()) {
            return new Workers(PhysicalCores.count());
        }
        try {
            return new Workers(Integer.parseInt(setting.strip()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "IFT_THREADS must be a whole number of at least 1, was '" + setting + "'", e);
        }
    }

    /** Number of threads that work, the caller included. */
    public int size() {
        return threads.length + 1;
    }

    /**
     * Runs {@code task} for 0 to {@code count - 1} and returns when all are done.
     *
     * @throws RuntimeException the first exception that a task threw; the other tasks may or may not have run
     */
    public void forEach(int count, Task task) {
        if (count <= 0) {
            return;
        }
        int worker = currentWorker();
        if (worker != 0 || turn.isHeldByCurrentThread()) {
            runAlone(count, task, worker);
            return;
        }
        turn.lock();
        try {
            Preconditions.checkState(!closed, "the worker threads have been closed");
            if (count == 1 || threads.length == 0) {
                runAlone(count, task, 0);
            } else {
                runTogether(new Job(task, count, size()));
            }
        } finally {
            turn.unlock();
        }
    }

    private static void runAlone(int count, Task task, int worker) {
        for (int i = 0; i < count; i++) {
            task.run(i, worker);
        }
    }

    private void runTogether(Job mine) {
        job = mine;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        mine.work(0);
        job = null;
        // No index is left, so a worker that arrives from now on finds nothing to do and need not be waited for.
        for (int spin = 0; mine.active.get() > 0; spin++) {
            if (spin < SPINS_BEFORE_YIELDING) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        switch (mine.failure) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new AssertionError(mine.failure);
        }
    }

    /** Number of the calling thread; 0 for every thread that is not one of ours. */
    private int currentWorker() {
        Thread current = Thread.currentThread();
        for (int i = 0; i < threads.length; i++) {
            if (threads[i] == current) {
                return i + 1;
            }
        }
        return 0;
    }

    private void serve(int worker) {
        Job last = null;
        while (true) {
            Job current = job;
            for (int spin = 0; (current == null || current == last) && !closed; current = job) {
                if (spin++ < SPINS_BEFORE_PARKING) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (closed) {
                return;
            }
            last = current;
            current.work(worker);
        }
    }

    @Override
    public void close() {
        turn.lock();
        try {
            closed = true;
            for (Thread thread : threads) {
                LockSupport.unpark(thread);
            }
        } finally {
            turn.unlock();
        }
    }

    /** The body of a parallel loop. */
    @FunctionalInterface
    public interface Task {
        /**
         * @param index which of the loop's iterations
         * @param worker which thread, 0 to {@code size() - 1}: the key to per-thread scratch memory
         */
        void run(int index, int worker);
    }

    /**
     * The tasks of a loop. Each thread begins with a share of its own, tasks that follow each other, because they often read the same memory,
     * and then helps with the others'.
     */
    private static final class Job {
        private final Task task;
        private final int count;
        /** Of each share the next task that nobody has begun. */
        private final AtomicIntegerArray next;

        private final AtomicInteger active = new AtomicInteger();
        private volatile Throwable failure;

        Job(Task task, int count, int shares) {
            this.task = task;
            this.count = count;
            int[] first = new int[shares];
            for (int share = 0; share < shares; share++) {
                first[share] = first(share, shares);
            }
            next = new AtomicIntegerArray(first);
        }

        private int first(int share, int shares) {
            return (int) ((long) count * share / shares);
        }

        void work(int worker) {
            active.incrementAndGet();
            try {
                int shares = next.length();
                for (int turn = 0; turn < shares; turn++) {
                    int share = (worker + turn) % shares;
                    int end = first(share + 1, shares);
                    for (int i = next.getAndIncrement(share); i < end; i = next.getAndIncrement(share)) {
                        task.run(i, worker);
                    }
                }
            } catch (RuntimeException | Error e) {
                failure = e;
                for (int share = 0; share < next.length(); share++) {
                    next.set(share, count);
                }
            } finally {
                active.decrementAndGet();
            }
        }
    }
}
