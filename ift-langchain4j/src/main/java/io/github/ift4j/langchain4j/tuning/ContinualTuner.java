package io.github.ift4j.langchain4j.tuning;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.files.AtomicFiles;
import io.github.ift4j.core.files.FolderLock;
import io.github.ift4j.core.files.OwnerOnly;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.training.StepMetrics;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.ExchangeSummary;
import io.github.ift4j.langchain4j.recording.Rating;
import io.github.ift4j.langchain4j.tuning.TuningOutcome.Decision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Makes an application's model better while the application runs. It trains a low-rank adapter on the conversations that users rated good,
 * on threads of its own, compares it with the version in service on conversations that were held out, lets it answer only if it is
 * better by a margin, and goes back to the version before by itself when users like the new one less.
 *
 * <pre>{@code
 * try (IftEngine engine = IftEngine.load(base);
 *         ConversationRecorder recorder = ConversationRecorder.builder(Path.of("conversations")).consent(...).build();
 *         ContinualTuner tuner = ContinualTuner.builder(base, Path.of("tuning"))
 *                 .recorder(recorder)
 *                 .engine(engine)
 *                 .adapterName("tuned")
 *                 .start()) {
 *     ChatModel model = IftChatModel.builder().engine(engine).modelName("tuned").listeners(List.of(recorder)).build();
 *     ...
 * }
 * }</pre>
 *
 * <p>From {@code start()} on the adapter's name answers: as the base does, until there is a better version. A training takes the memory of
 * the base model once more.
 *
 * <p>The folder holds {@code versions/000001} and so on, each a PEFT adapter with {@code training.json} and {@code metrics.jsonl},
 * {@code state.json}, and {@code audit.jsonl}, see {@link AuditTrail}; it is closed to other users, as an adapter may reveal what it learned
 * from. A process that ends at any moment comes up with the version that was in service; a training that was broken off goes on from its last
 * checkpoint, or begins again.
 *
 * <p>Thread-safe.
 */
public final class ContinualTuner implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(ContinualTuner.class.getName());

    /** A look that takes longer is not waited for; what it then wants to write is refused. */
    private static final int MOST_SECONDS_OF_A_LOOK = 10;

    private final ConversationRecorder recorder;
    private final TunerFolder folder;
    private final String adapterName;
    private final TuningTrigger trigger;
    private final RollbackRule rollbackRule;
    private final Clock clock;
    private final FolderLock lock;
    private final AuditTrail audit;
    private final VersionsInService versions;
    private final RunControl control = new RunControl();
    private final TuningRun.Observer observer = new Observer();
    private final Builder settings;
    private final BaseModel base;
    private final List<TunerListener> listeners = new CopyOnWriteArrayList<>();
    private final List<CompletableFuture<TuningOutcome>> requests = new ArrayList<>();
    private final AtomicBoolean changed = new AtomicBoolean(true);
    private final Runnable onChange = () -> changed.set(true);
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("ift-tuner-watch").factory());
    private final Thread thread;
    private TunerStatus.Phase phase = TunerStatus.Phase.WAITING;
    private boolean due;
    private boolean closed;
    private volatile RunWatch running;
    private volatile TuningOutcome lastOutcome;
    private volatile String problem;

    private ContinualTuner(Builder builder, FolderLock lock) throws IOException {
        this.settings = builder;
        this.recorder = builder.recorder;
        this.folder = builder.folder;
        this.adapterName = builder.adapterName;
        this.trigger = builder.trigger;
        this.rollbackRule = builder.rollbackRule;
        this.clock = builder.clock;
        this.base = new BaseModel(builder.base, Optional.ofNullable(builder.chatTemplate));
        this.lock = lock;
        this.audit = AuditTrail.open(folder.audit());
        this.listeners.addAll(builder.listeners);
        try {
            this.versions = new VersionsInService(
                    folder, builder.host, adapterName, builder.keep, audit, initialState(), clock, this::tellService);
            versions.start(base.sha256());
        } catch (IOException | RuntimeException e) {
            audit.close();
            throw e;
        }
        due = versions.state().pending() != null;
        recorder.addListener(onChange);
        thread = Thread.ofPlatform()
                .daemon()
                .name("ift-tuner")
                .priority(Thread.MIN_PRIORITY)
                .start(this::serve);
        long nanos = builder.lookEvery.toNanos();
        watch.scheduleWithFixedDelay(this::look, 0, nanos, TimeUnit.NANOSECONDS);
    }

    private TunerState initialState() throws IOException {
        Files.createDirectories(folder.versions());
        if (TunerState.exists(folder.state())) {
            TunerState state = TunerState.read(folder.state());
            AuditTrail.Verification found = AuditTrail.verify(folder.audit(), state.audit());
            if (!found.isSound()) {
                throw new TuningException(found.problem().orElseThrow()
                        + "; keep the folder for inspection and let the tuner begin in another");
            }
            return state;
        }
        AtomicFiles.deleteRecursively(folder.version(0));
        try (Workers workers = new Workers(settings.threads)) {
            base.writeIdentity(settings.recipe.lora(), folder.version(0), workers);
        }
        String sha256 = settings.host.swap(adapterName, folder.version(0));
        return TunerState.initial(new TunedVersion(0, 0, clock.instant(), sha256, 0, Double.NaN));
    }

    /**
     * A builder.
     *
     * @param base folder of the model that the engine serves
     * @param folder where versions, state and audit trail are kept; made if need be
     */
    public static Builder builder(Path base, Path folder) {
        return new Builder(base, folder);
    }

    /** Asks for a training as soon as possible, whatever the trigger says; one that is under way answers a request that comes later not. */
    public CompletableFuture<TuningOutcome> tuneNow() {
        CompletableFuture<TuningOutcome> outcome = new CompletableFuture<>();
        synchronized (this) {
            Preconditions.checkState(!closed, "the tuner has been closed");
            requests.add(outcome);
            notifyAll();
        }
        return outcome;
    }

    /** Holds the training under way after its current step, and begins no other. Ratings still lead to a roll back. */
    public void pause() {
        control.pause(true);
    }

    /** Goes on after {@link #pause}. */
    public void resume() {
        control.pause(false);
        synchronized (this) {
            notifyAll();
        }
    }

    /** Gives the training under way up, after its current step. Nothing of it is kept. */
    public synchronized void cancel() {
        if (phase == TunerStatus.Phase.TRAINING || phase == TunerStatus.Phase.MEASURING) {
            control.end(Decision.CANCELLED);
        }
    }

    /**
     * Goes back to the version that was in service before the present one; from version 0 on nowhere.
     *
     * @return the version that answers now
     * @throws TuningException when it cannot be done; what answers is unchanged then
     */
    public TunedVersion rollBack() {
        return serve(VersionsInService.predecessor(versions.state()).number(), "rolled_back", "asked for");
    }

    /**
     * Lets any version on disk answer.
     *
     * @return that version
     * @throws TuningException when it is not on disk or cannot be used; what answers is unchanged then
     */
    public TunedVersion serve(int version) {
        return serve(version, "served", "asked for");
    }

    private TunedVersion serve(int number, String event, String reason) {
        try {
            return versions.serve(number, event, reason);
        } catch (IOException e) {
            throw new TuningException("version " + number + " cannot be put into service: " + e.getMessage(), e);
        }
    }

    /** The name by which requests ask for what this tuner has in service. */
    public String adapterName() {
        return adapterName;
    }

    /** What it is doing. */
    public TunerStatus status() {
        TunerState state = versions.state();
        TunedVersion serving = state.version(state.inService());
        TunedVersion predecessor = VersionsInService.predecessor(state);
        List<ExchangeSummary> exchanges = recorder.summaries();
        RunWatch current = running;
        synchronized (this) {
            return new TunerStatus(
                    closed ? TunerStatus.Phase.CLOSED : phase,
                    control.isPaused(),
                    requests.isEmpty() && !due ? 0 : 1,
                    newGood(exchanges, state.lastRun()),
                    adapterName,
                    serving,
                    predecessor,
                    state.versions(),
                    RatingTally.of(serving, exchanges),
                    RatingTally.of(predecessor, exchanges),
                    Optional.ofNullable(current).map(RunWatch::progress),
                    Optional.ofNullable(lastOutcome),
                    Optional.ofNullable(problem));
        }
    }

    /** The folder of a version on disk, which {@code --adapter} of the command line takes too. */
    public Path versionFolder(int version) {
        return folder.version(version);
    }

    /**
     * Checks the audit trail, also against the end that the state file remembers.
     *
     * @throws UncheckedIOException when it cannot be read
     */
    public AuditTrail.Verification verifyAudit() {
        try {
            return AuditTrail.verify(folder.audit(), versions.state().audit());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a listener. */
    public void addListener(TunerListener listener) {
        listeners.add(listener);
    }

    /** Removes a listener. */
    public void removeListener(TunerListener listener) {
        listeners.remove(listener);
    }

    /**
     * Ends the training under way after its current step, so that it goes on when a tuner is opened over the folder again. The version in
     * service goes on answering.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            notifyAll();
        }
        recorder.removeListener(onChange);
        watch.shutdown();
        control.end(Decision.SUSPENDED);
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
                watch.awaitTermination(MOST_SECONDS_OF_A_LOOK, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        try (lock;
                audit) {
            requests.forEach(request -> request.complete(suspended()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TuningOutcome suspended() {
        return new TuningOutcome(
                0, clock.instant(), Decision.SUSPENDED, "the tuner was closed", Optional.empty(), OptionalInt.empty());
    }

    /** The life of the tuning thread. */
    private void serve() {
        while (true) {
            List<CompletableFuture<TuningOutcome>> asked;
            synchronized (this) {
                while (!closed && (control.isPaused() || (requests.isEmpty() && !due))) {
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        problem = "the tuning thread was interrupted; this is ignored";
                    }
                }
                if (closed) {
                    return;
                }
                asked = List.copyOf(requests);
                requests.clear();
                due = false;
                control.begin();
                phase = TunerStatus.Phase.TRAINING;
            }
            TuningOutcome outcome = runOnce();
            synchronized (this) {
                phase = TunerStatus.Phase.WAITING;
            }
            running = null;
            lastOutcome = outcome;
            if (outcome.decision() == Decision.FAILED) {
                problem("training failed: " + outcome.reason());
            }
            tell(listener -> listener.onOutcome(outcome));
            asked.forEach(request -> request.complete(outcome));
        }
    }

    private TuningOutcome runOnce() {
        try {
            return new TuningRun(
                            base,
                            settings.recipe,
                            settings.gate,
                            settings.threads,
                            recorder,
                            folder,
                            versions,
                            control,
                            observer)
                    .execute();
        } catch (IOException | RuntimeException | Error e) {
            return new TuningOutcome(
                    0,
                    clock.instant(),
                    Decision.FAILED,
                    "it was broken off by " + e.getClass().getName() + "; it goes on with the next training",
                    Optional.empty(),
                    OptionalInt.empty());
        }
    }

    /** What the watching thread does every now and then: reads ratings, and sees whether a training is due. */
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
                synchronized (this) {
                    due |= phase == TunerStatus.Phase.WAITING;
                    notifyAll();
                }
            }
        } catch (RuntimeException e) {
            problem("ratings could not be looked at: " + e.getClass().getName());
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
                .ifPresent(reason -> serve(predecessor.number(), "rolled_back", reason));
    }

    private static int newGood(List<ExchangeSummary> exchanges, Instant since) {
        return (int) exchanges.stream()
                .filter(exchange -> exchange.isRated(Rating.GOOD)
                        && exchange.ratedAt().orElseThrow().isAfter(since))
                .count();
    }

    private void tellService(TunedVersion from, TunedVersion to, String reason) {
        tell(listener -> listener.onService(from, to, reason));
    }

    private void tell(Consumer<TunerListener> event) {
        for (TunerListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (RuntimeException e) {
                problem("a listener of the tuner failed with " + e.getClass().getName());
            }
        }
    }

    private void problem(String what) {
        problem = what;
        LOGGER.log(System.Logger.Level.WARNING, what);
    }

    private final class Observer implements TuningRun.Observer {
        @Override
        public RunWatch training(int run, LearningSet set) {
            Consumer<StepMetrics> steps = step -> tell(listener -> listener.onStep(run, step));
            running = new RunWatch(run, set, control, steps);
            return running;
        }

        @Override
        public void measuring() {
            synchronized (ContinualTuner.this) {
                phase = TunerStatus.Phase.MEASURING;
            }
        }
    }

    /** Collects what a tuner needs: a recorder and where adapters answer must be given. */
    public static final class Builder {
        private final Path base;
        private final TunerFolder folder;
        private ConversationRecorder recorder;
        private AdapterHost host;
        private String adapterName = "tuned";
        private Path chatTemplate;
        private TuningRecipe recipe = TuningRecipe.DEFAULTS;
        private Gate gate = Gate.DEFAULTS;
        private TuningTrigger trigger = TuningTrigger.DEFAULTS;
        private RollbackRule rollbackRule = RollbackRule.DEFAULTS;
        private int threads = 1;
        private int keep = 3;
        private Duration lookEvery = Duration.ofSeconds(1);
        private Clock clock = Clock.systemUTC();
        private final List<TunerListener> listeners = new ArrayList<>();

        private Builder(Path base, Path folder) {
            this.base = Objects.requireNonNull(base, "the folder of the base model must be given");
            this.folder = new TunerFolder(Objects.requireNonNull(folder, "the folder of the tuner must be given"));
        }

        /** Whose conversations are learned from; it stays the caller's and is to be closed after the tuner. */
        public Builder recorder(ConversationRecorder recorder) {
            this.recorder = recorder;
            return this;
        }

        /** The engine that serves the base model; it stays the caller's and is to be closed after the tuner. */
        public Builder engine(IftEngine engine) {
            return host(AdapterHost.of(engine));
        }

        /** Where adapters answer, in place of an engine. */
        public Builder host(AdapterHost host) {
            this.host = host;
            return this;
        }

        /** The name by which requests ask for what is in service; {@code tuned} unless set. */
        public Builder adapterName(String adapterName) {
            this.adapterName = Objects.requireNonNull(adapterName, "adapterName");
            return this;
        }

        /** The chat template that the engine was given in place of the model's own. */
        public Builder chatTemplate(Path chatTemplate) {
            this.chatTemplate = chatTemplate;
            return this;
        }

        /** How adapters are trained; {@link TuningRecipe#DEFAULTS} unless set. */
        public Builder recipe(TuningRecipe recipe) {
            this.recipe = Objects.requireNonNull(recipe, "recipe");
            return this;
        }

        /** What an adapter must achieve; {@link Gate#DEFAULTS} unless set. */
        public Builder gate(Gate gate) {
            this.gate = Objects.requireNonNull(gate, "gate");
            return this;
        }

        /** When a training begins by itself; {@link TuningTrigger#DEFAULTS} unless set. */
        public Builder trigger(TuningTrigger trigger) {
            this.trigger = Objects.requireNonNull(trigger, "trigger");
            return this;
        }

        /** When a version goes by itself; {@link RollbackRule#DEFAULTS} unless set. */
        public Builder rollbackRule(RollbackRule rollbackRule) {
            this.rollbackRule = Objects.requireNonNull(rollbackRule, "rollbackRule");
            return this;
        }

        /** Threads that train and measure; 1 unless set. They have the lowest priority, which not every system heeds. */
        public Builder threads(int threads) {
            Preconditions.checkArgument(threads >= 1, "threads must be at least 1, was %s", threads);
            this.threads = threads;
            return this;
        }

        /** How many of the newest versions stay on disk, beside the base, the one in service and its predecessor; 3 unless set. */
        public Builder keep(int keep) {
            Preconditions.checkArgument(keep >= 1, "keep must be at least 1, was %s", keep);
            this.keep = keep;
            return this;
        }

        /** How often new ratings are looked at; once a second unless set. */
        public Builder lookEvery(Duration lookEvery) {
            Preconditions.checkArgument(lookEvery.isPositive(), "lookEvery must be positive, was %s", lookEvery);
            this.lookEvery = lookEvery;
            return this;
        }

        /** Where the time comes from; the system unless set. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** Adds a listener. */
        public Builder listener(TunerListener listener) {
            listeners.add(listener);
            return this;
        }

        /**
         * Puts the version that was in service last into service, or at first the base model, and begins to look for good conversations.
         *
         * @throws TuningException when the audit trail is not sound
         * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when the model or a version cannot be used
         * @throws UncheckedIOException when the folder cannot be used or another tuner has it open
         */
        public ContinualTuner start() {
            Objects.requireNonNull(recorder, "recorder must be set");
            Objects.requireNonNull(host, "engine or host must be set");
            try {
                OwnerOnly.createDirectories(folder.root());
                FolderLock lock = FolderLock.take(folder.root());
                try {
                    return new ContinualTuner(this, lock);
                } catch (IOException | RuntimeException e) {
                    lock.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(folder.root() + ": the tuner cannot start: " + e.getMessage(), e);
            }
        }
    }
}
