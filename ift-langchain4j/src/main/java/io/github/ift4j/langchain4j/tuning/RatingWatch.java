package io.github.ift4j.langchain4j.tuning;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.ExchangeSummary;
import io.github.ift4j.langchain4j.recording.Rating;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Looks at the ratings every now and then, on a thread of its own: whether the version in service must go, and whether a training is due. */
final class RatingWatch {
    /** A look that takes longer is not waited for; what it then wants to write is refused. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);

    private final ConversationRecorder recorder;
    private final TuningTrigger trigger;
    private final RollbackRule rollbackRule;
    private final VersionsInService versions;
    private final TuningThread training;
    private final TunerEvents events;
    private final Clock clock;
    private final AtomicBoolean changed = new AtomicBoolean(true);
    private final Runnable onChange = () -> changed.set(true);
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("ift-tuner-watch").factory());

    RatingWatch(
            ConversationRecorder recorder,
            TuningTrigger trigger,
            RollbackRule rollbackRule,
            VersionsInService versions,
            TuningThread training,
            TunerEvents events,
            Clock clock) {
        this.recorder = recorder;
        this.trigger = trigger;
        this.rollbackRule = rollbackRule;
        this.versions = versions;
        this.training = training;
        this.events = events;
        this.clock = clock;
    }

    void start(Duration every) {
        recorder.addListener(onChange);
        thread.scheduleWithFixedDelay(this::look, 0, every.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Begins no other look. */
    void end() {
        recorder.removeListener(onChange);
        thread.shutdown();
    }

    /** Waits for the look under way, after {@link #end}. */
    void join() {
        Uninterruptibles.awaitTerminationUninterruptibly(thread, LONGEST_LOOK);
    }

    private void look() {
        try {
            boolean news = changed.getAndSet(false);
            if (!news && trigger.every().isEmpty()) {
                return;
            }
            List<ExchangeSummary> exchanges = recorder.summaries();
            rollBackIfWorse(exchanges);
            Instant last = versions.state().lastRun();
            if (trigger.isDue(newGood(exchanges, last), last, clock.instant())) {
                training.due();
            }
        } catch (Throwable e) {
            // What is thrown here would end all later looks.
            events.note("ratings could not be looked at: " + e.getClass().getName());
        }
    }

    private void rollBackIfWorse(List<ExchangeSummary> exchanges) {
        TunerState state = versions.state();
        TunedVersion serving = state.version(state.inService());
        TunedVersion predecessor = VersionsInService.predecessor(state);
        if (serving.number() == predecessor.number()) {
            return;
        }
        rollbackRule
                .objection(RatingTally.of(serving, exchanges), RatingTally.of(predecessor, exchanges))
                .ifPresent(reason -> versions.serve(predecessor.number(), "rolled_back", reason));
    }

    /** How many exchanges were rated good since a moment. */
    static int newGood(List<ExchangeSummary> exchanges, Instant since) {
        return (int) exchanges.stream()
                .filter(exchange -> exchange.isRated(Rating.GOOD)
                        && exchange.ratedAt().orElseThrow().isAfter(since))
                .count();
    }
}
