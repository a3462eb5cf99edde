package io.github.ift4j.langchain4j.tuning;

import com.google.common.base.Preconditions;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.langchain4j.tuning.TuningOutcome.Decision;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Where trainings run, one at a time: waits until one is asked for or due, runs it to its decision and says what that was. Thread-safe. */
final class TuningThread {
    private final TuningRun run;
    private final RunControl control;
    private final TunerEvents events;
    private final Clock clock;
    private final List<CompletableFuture<TuningOutcome>> requests = new ArrayList<>();
    private final Thread thread;
    private TunerStatus.Phase phase = TunerStatus.Phase.WAITING;
    private boolean due;
    private boolean closed;
    private RunWatch running;
    private TuningOutcome lastOutcome;

    /** @param due whether a training is to begin at once */
    TuningThread(TuningRun run, RunControl control, TunerEvents events, Clock clock, boolean due) {
        this.run = run;
        this.control = control;
        this.events = events;
        this.clock = clock;
        this.due = due;
        this.thread = Thread.ofPlatform()
                .daemon()
                .name("ift-tuner")
                .priority(Thread.MIN_PRIORITY)
                .unstarted(this::serve);
    }

    /**
     * What it does at one moment.
     *
     * @param phase what it does
     * @param paused whether it is held
     * @param queued whether a training is to begin that has not begun
     * @param run the training under way, if there is one
     * @param lastOutcome how the last one ended
     */
    record Standing(
            TunerStatus.Phase phase,
            boolean paused,
            boolean queued,
            Optional<RunProgress> run,
            Optional<TuningOutcome> lastOutcome) {}

    void start() {
        thread.start();
    }

    /** Asks for a training, which the one under way does not answer. */
    synchronized CompletableFuture<TuningOutcome> request() {
        Preconditions.checkState(!closed, "the tuner has been closed");
        CompletableFuture<TuningOutcome> outcome = new CompletableFuture<>();
        requests.add(outcome);
        notifyAll();
        return outcome;
    }

    /** Lets a training begin unless one is under way. */
    synchronized void due() {
        due |= phase == TunerStatus.Phase.WAITING;
        notifyAll();
    }

    void pause() {
        control.pause(true);
    }

    void resume() {
        control.pause(false);
        synchronized (this) {
            notifyAll();
        }
    }

    synchronized void cancel() {
        if (phase == TunerStatus.Phase.TRAINING || phase == TunerStatus.Phase.MEASURING) {
            control.end(Decision.CANCELLED);
        }
    }

    synchronized Standing standing() {
        return new Standing(
                closed ? TunerStatus.Phase.CLOSED : phase,
                control.isPaused(),
                due || !requests.isEmpty(),
                Optional.ofNullable(running).map(RunWatch::progress),
                Optional.ofNullable(lastOutcome));
    }

    /**
     * Lets no other training begin and ends the one under way after its current step.
     *
     * @return false when this was said before
     */
    boolean end() {
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
            notifyAll();
        }
        control.end(Decision.SUSPENDED);
        return true;
    }

    /** Waits until the training under way has ended; does not when it is that which asks. */
    void join() {
        if (thread != Thread.currentThread()) {
            Uninterruptibles.joinUninterruptibly(thread);
        }
    }

    /** Answers the requests that no training will, after {@link #join}. */
    void answerRest() {
        requests.forEach(request -> request.complete(without(Decision.SUSPENDED, "the tuner was closed")));
    }

    private void serve() {
        Optional<List<CompletableFuture<TuningOutcome>>> asked = next();
        while (asked.isPresent()) {
            TuningOutcome outcome = runOnce();
            synchronized (this) {
                phase = TunerStatus.Phase.WAITING;
                running = null;
                lastOutcome = outcome;
            }
            if (outcome.decision() == Decision.FAILED) {
                events.warn("training failed: " + outcome.reason());
            }
            events.tell(listener -> listener.onOutcome(outcome));
            asked.get().forEach(request -> request.complete(outcome));
            asked = next();
        }
    }

    /** Waits until a training is to begin, and returns the requests that it answers; nothing when none is to begin any more. */
    private synchronized Optional<List<CompletableFuture<TuningOutcome>>> next() {
        while (!closed && (control.isPaused() || (requests.isEmpty() && !due))) {
            try {
                wait();
            } catch (InterruptedException e) {
                events.note("the tuning thread was interrupted; this is ignored");
            }
        }
        if (closed) {
            return Optional.empty();
        }
        List<CompletableFuture<TuningOutcome>> asked = List.copyOf(requests);
        requests.clear();
        due = false;
        control.begin();
        phase = TunerStatus.Phase.TRAINING;
        return Optional.of(asked);
    }

    private TuningOutcome runOnce() {
        try {
            return run.execute(new Observer());
        } catch (Throwable e) {
            return without(
                    Decision.FAILED,
                    "it was broken off by " + e.getClass().getName() + "; it goes on with the next training");
        }
    }

    /** The outcome of no training. */
    private TuningOutcome without(Decision decision, String reason) {
        return new TuningOutcome(0, clock.instant(), decision, reason, Optional.empty(), OptionalInt.empty());
    }

    private final class Observer implements TuningRun.Observer {
        @Override
        public RunWatch training(int number, LearningSet set) {
            Consumer<StepMetrics> steps = step -> events.tell(listener -> listener.onStep(number, step));
            RunWatch watch = new RunWatch(number, set, control, steps);
            synchronized (TuningThread.this) {
                running = watch;
            }
            return watch;
        }

        @Override
        public void measuring() {
            synchronized (TuningThread.this) {
                phase = TunerStatus.Phase.MEASURING;
            }
        }
    }
}
