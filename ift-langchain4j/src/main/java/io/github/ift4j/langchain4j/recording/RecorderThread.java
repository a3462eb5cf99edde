package io.github.ift4j.langchain4j.recording;

import com.google.common.base.Throwables;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * The only thread that writes into a store: it takes jobs from a bounded queue, in order, and forces a batch of them to disk together.
 *
 * <p>Nothing ends it but {@link #close}: what a redaction or a listener throws, be it an error such as a regular expression's {@link
 * StackOverflowError}, costs its own job only.
 */
final class RecorderThread implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(ConversationRecorder.class.getName());
    private static final long SECONDS_BETWEEN_LIMIT_CHECKS = 60;

    private final ConversationStore store;
    private final ExchangeMapper mapper;
    private final RecordingLimits limits;
    private final Clock clock;
    private final BlockingQueue<Job> queue;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong recorded = new AtomicLong();
    private final AtomicLong withoutConsent = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong unfit = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong unknownRatings = new AtomicLong();
    private final Object admission = new Object();
    private final Thread thread;
    private volatile String lastProblem;
    private boolean closed;

    RecorderThread(ConversationStore store, ExchangeMapper mapper, RecordingLimits limits, int capacity, Clock clock) {
        this.store = store;
        this.mapper = mapper;
        this.limits = limits;
        this.clock = clock;
        this.queue = new ArrayBlockingQueue<>(capacity);
        this.thread = Thread.ofPlatform().daemon().name("ift-recorder").start(this::serve);
    }

    /** Takes an exchange if there is room. */
    void offer(ExchangeMapper.Finished finished) {
        offer(new Job(() -> write(finished), new CompletableFuture<>()));
    }

    /** Takes a rating if there is room. */
    CompletableFuture<Boolean> offer(RatingEvent event, Redaction redaction) {
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        offer(new Job(() -> write(event, redaction), written));
        return written;
    }

    private void offer(Job job) {
        boolean taken;
        synchronized (admission) {
            taken = !closed && queue.offer(job);
        }
        if (!taken) {
            dropped.incrementAndGet();
            job.done.complete(false);
        }
    }

    int forget(Predicate<ExchangeSummary> condition) {
        int[] count = new int[1];
        await(() -> {
            count[0] = store.forget(condition);
            return true;
        });
        return count[0];
    }

    void flush() {
        await(() -> true);
    }

    /** Runs an action on the writing thread, after all jobs before it, waiting for room. */
    private void await(Action action) {
        Job job = new Job(action, new CompletableFuture<>());
        boolean interrupted = false;
        while (!enqueue(job)) {
            try {
                TimeUnit.MILLISECONDS.sleep(1);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        try {
            job.done.join();
        } catch (CompletionException e) {
            Throwables.throwIfUnchecked(e.getCause());
            throw new UncheckedIOException((IOException) e.getCause());
        }
    }

    private boolean enqueue(Job job) {
        synchronized (admission) {
            if (closed) {
                throw new IllegalStateException("the recorder has been closed");
            }
            return queue.offer(job);
        }
    }

    private void serve() {
        List<Job> batch = new ArrayList<>();
        boolean open = true;
        while (open) {
            try {
                Job first = queue.poll(SECONDS_BETWEEN_LIMIT_CHECKS, TimeUnit.SECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch);
                }
                open = batch.stream().noneMatch(job -> job.action == Action.CLOSE);
                work(batch);
            } catch (InterruptedException e) {
                // Only close() ends this thread.
            } catch (Throwable e) {
                batch.forEach(job -> job.done.completeExceptionally(e));
            }
            batch.clear();
        }
    }

    private void work(List<Job> batch) {
        boolean[] results = new boolean[batch.size()];
        Throwable[] failures = new Throwable[batch.size()];
        for (int i = 0; i < results.length; i++) {
            try {
                results[i] = batch.get(i).action.run();
            } catch (Throwable e) {
                failures[i] = e;
                failed(e);
            }
        }
        try {
            store.force();
            store.enforceLimits(clock.instant());
        } catch (Throwable e) {
            problem(describe(e));
            Arrays.setAll(failures, i -> failures[i] == null ? e : failures[i]);
        }
        for (int i = 0; i < results.length; i++) {
            batch.get(i).complete(results[i], failures[i]);
        }
        if (!batch.isEmpty()) {
            listeners.forEach(this::tell);
        }
    }

    private boolean write(ExchangeMapper.Finished finished) throws IOException {
        RecordedExchange exchange;
        try {
            exchange = mapper.exchange(finished);
        } catch (UnsupportedFeatureException e) {
            unfit.incrementAndGet();
            return false;
        }
        String line = exchange.toJson();
        if (line.getBytes(StandardCharsets.UTF_8).length > limits.exchangeBytes()) {
            unfit.incrementAndGet();
            return false;
        }
        store.append(exchange, line);
        recorded.incrementAndGet();
        return true;
    }

    private boolean write(RatingEvent event, Redaction redaction) throws IOException {
        if (!store.knows(event.id())) {
            unknownRatings.incrementAndGet();
            return false;
        }
        store.append(new RatingEvent(event.id(), event.time(), event.rating(), redaction.redact(event.comment())));
        return true;
    }

    private void tell(Runnable listener) {
        try {
            listener.run();
        } catch (Throwable e) {
            problem("a listener failed with " + e.getClass().getName());
        }
    }

    private void failed(Throwable e) {
        failed.incrementAndGet();
        problem(describe(e));
    }

    /** Only the disk's messages are repeated: those of others may hold what was said. */
    private static String describe(Throwable e) {
        return e instanceof IOException
                ? "the disk failed: " + e.getMessage()
                : "recording failed with " + e.getClass().getName();
    }

    /** Notes and logs what went wrong; the text must hold nothing that was said. */
    void problem(String problem) {
        lastProblem = problem;
        LOGGER.log(System.Logger.Level.WARNING, problem);
    }

    void withoutConsent() {
        withoutConsent.incrementAndGet();
    }

    void addListener(Runnable listener) {
        listeners.add(listener);
    }

    void removeListener(Runnable listener) {
        listeners.remove(listener);
    }

    RecorderStatistics statistics(long damagedLines) {
        return new RecorderStatistics(
                recorded.get(),
                withoutConsent.get(),
                dropped.get(),
                unfit.get(),
                failed.get(),
                unknownRatings.get(),
                damagedLines,
                queue.size(),
                Optional.ofNullable(lastProblem));
    }

    @Override
    public void close() {
        synchronized (admission) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Job last = new Job(Action.CLOSE, new CompletableFuture<>());
        boolean interrupted = false;
        while (true) {
            try {
                queue.put(last);
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        try {
            store.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Action {
        /** Ends the thread after its batch. */
        Action CLOSE = () -> true;

        boolean run() throws IOException;
    }

    private record Job(Action action, CompletableFuture<Boolean> done) {
        void complete(boolean result, Throwable failure) {
            if (failure == null) {
                done.complete(result);
            } else {
                done.completeExceptionally(failure);
            }
        }
    }
}
