package io.github.ift4j.langchain4j.tuning;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.files.AtomicFiles;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.ExchangeSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

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
    private final ConversationRecorder recorder;
    private final String adapterName;
    private final TunerStore store;
    private final TunerEvents events;
    private final VersionsInService versions;
    private final TuningThread training;
    private final RatingWatch ratings;

    private ContinualTuner(Builder builder, TunerStore store) throws IOException {
        this.recorder = builder.recorder;
        this.adapterName = builder.adapterName;
        this.store = store;
        this.events = new TunerEvents(builder.listeners);
        BaseModel base = new BaseModel(builder.base, Optional.ofNullable(builder.chatTemplate));
        Optional<TunerState> last = store.lastState();
        this.versions = new VersionsInService(
                store.folder(),
                builder.host,
                adapterName,
                builder.keep,
                store.audit(),
                last.isPresent() ? last.get() : withBaseAlone(builder, base),
                builder.clock,
                (from, to, reason) -> events.tell(listener -> listener.onService(from, to, reason)));
        versions.start(base.sha256());
        RunControl control = new RunControl();
        TuningRun run = new TuningRun(
                base, builder.recipe, builder.gate, builder.threads, recorder, store.folder(), versions, control);
        boolean unfinished = versions.state().pending() != null;
        this.training = new TuningThread(run, control, events, builder.clock, unfinished);
        this.ratings = new RatingWatch(
                recorder, builder.trigger, builder.rollbackRule, versions, training, events, builder.clock);
        training.start();
        ratings.start(builder.lookEvery);
    }

    /** Version 0: an adapter that changes nothing. */
    private static TunerState withBaseAlone(Builder builder, BaseModel base) throws IOException {
        Path identity = builder.folder.version(0);
        AtomicFiles.deleteRecursively(identity);
        try (Workers workers = new Workers(builder.threads)) {
            base.writeIdentity(builder.recipe.lora(), identity, workers);
        }
        String sha256 = builder.host.swap(builder.adapterName, identity);
        return TunerState.initial(new TunedVersion(0, 0, builder.clock.instant(), sha256, 0, Double.NaN));
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
        return training.request();
    }

    /** Holds the training under way after its current step, and begins no other. Ratings still lead to a roll back. */
    public void pause() {
        training.pause();
    }

    /** Goes on after {@link #pause}. */
    public void resume() {
        training.resume();
    }

    /** Gives the training under way up, after its current step. Nothing of it is kept. */
    public void cancel() {
        training.cancel();
    }

    /**
     * Goes back to the version that was in service before the present one; from version 0 on nowhere.
     *
     * @return the version that answers now
     * @throws TuningException when it cannot be done; what answers is unchanged then
     */
    public TunedVersion rollBack() {
        return versions.serve(VersionsInService.predecessor(versions.state()).number(), "rolled_back", "asked for");
    }

    /**
     * Lets any version on disk answer.
     *
     * @return that version
     * @throws TuningException when it is not on disk or cannot be used; what answers is unchanged then
     */
    public TunedVersion serve(int version) {
        return versions.serve(version, "served", "asked for");
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
        TuningThread.Standing standing = training.standing();
        return new TunerStatus(
                standing.phase(),
                standing.paused(),
                standing.queued() ? 1 : 0,
                RatingWatch.newGood(exchanges, state.lastRun()),
                adapterName,
                serving,
                predecessor,
                state.versions(),
                RatingTally.of(serving, exchanges),
                RatingTally.of(predecessor, exchanges),
                standing.run(),
                standing.lastOutcome(),
                events.problem());
    }

    /** The folder of a version on disk, which {@code --adapter} of the command line takes too. */
    public Path versionFolder(int version) {
        return store.folder().version(version);
    }

    /**
     * Checks the audit trail, also against the end that the state file remembers.
     *
     * @throws UncheckedIOException when it cannot be read
     */
    public AuditTrail.Verification verifyAudit() {
        try {
            return store.verify(versions.state());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a listener. */
    public void addListener(TunerListener listener) {
        events.add(listener);
    }

    /** Removes a listener. */
    public void removeListener(TunerListener listener) {
        events.remove(listener);
    }

    /**
     * Ends the training under way after its current step, so that it goes on when a tuner is opened over the folder again. The version in
     * service goes on answering.
     */
    @Override
    public void close() {
        if (!training.end()) {
            return;
        }
        ratings.end();
        training.join();
        ratings.join();
        try (store) {
            training.answerRest();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
                TunerStore store = TunerStore.open(folder);
                try {
                    return new ContinualTuner(this, store);
                } catch (IOException | RuntimeException e) {
                    store.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(folder.root() + ": the tuner cannot start: " + e.getMessage(), e);
            }
        }
    }
}
