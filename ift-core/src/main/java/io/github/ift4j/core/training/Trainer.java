package io.github.ift4j.core.training;

import com.google.common.base.Preconditions;
import com.google.common.base.Stopwatch;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.github.ift4j.core.data.BatchPlan;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.EpochOrder;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.evaluation.EvaluationResult;
import io.github.ift4j.core.evaluation.Evaluator;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.GradientNorm;
import io.github.ift4j.core.optimizer.Optimizer;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.core.random.SplitMix64;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * Trains a policy: takes the examples of each optimiser step in micro-batches, lets the objective differentiate the scores and
 * the policy its parameters, clips, steps, reports, and saves checkpoints.
 *
 * <p>What a step does depends on the policy's parameters, the optimiser's state, the settings and the number of the step, and
 * on nothing else; these are in the checkpoint, so a resumed training continues bit for bit. The loss of a step is the mean over
 * its examples however they are divided into micro-batches.
 *
 * <p>Where the method needs a reference model, that is the policy as it is handed over.
 *
 * <p>A trainer trains once and belongs to one thread. The policy, the workers and the data stay the caller's.
 */
public final class Trainer {
    private static final long LAMBDA_PURPOSE = 2;
    /** Purpose of the random numbers that a policy draws from, see {@link SplitMix64#of}. */
    private static final long NOISE_PURPOSE = 3;
    /** Bytes of a parameter that are hashed at once. */
    private static final long HASH_CHUNK = 1 << 24;

    private final Policy policy;
    private final Objective objective;
    private final OptimizerConfig optimizerConfig;
    private final Dataset data;
    private final TrainingConfig config;
    private final Workers workers;
    private final Optional<Dataset> evaluationData;
    private final Optional<Path> checkpoints;
    private final Optional<Path> referenceCache;
    private final boolean resume;
    private final Map<String, String> identity;
    private final List<TrainingListener> listeners;

    private Trainer(Builder builder) {
        this.policy = Preconditions.checkNotNull(builder.policy, "a policy must be given");
        this.objective = Preconditions.checkNotNull(builder.objective, "an objective must be given");
        this.optimizerConfig = builder.optimizer;
        this.data = Preconditions.checkNotNull(builder.data, "data must be given");
        this.config = builder.config;
        this.workers = Preconditions.checkNotNull(builder.workers, "workers must be given");
        this.evaluationData = Optional.ofNullable(builder.evaluationData);
        this.checkpoints = Optional.ofNullable(builder.checkpoints);
        this.referenceCache = Optional.ofNullable(builder.referenceCache);
        this.resume = builder.resume;
        this.identity = Map.copyOf(builder.identity);
        this.listeners = List.copyOf(builder.listeners);
        Preconditions.checkArgument(
                checkpoints.isPresent() || (!resume && config.saveEvery() == 0),
                "saving and resuming need a folder for the checkpoints");
        data.examples()
                .forEach(example -> Preconditions.checkArgument(
                        example.sequences().size() == objective.sequencesPerExample(),
                        "%s: the method needs %s sequences an example, there are %s",
                        example.origin(),
                        objective.sequencesPerExample(),
                        example.sequences().size()));
    }

    /** Collects what a training needs. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Runs to the end.
     *
     * @throws TrainingException when the loss or the gradients stop being numbers (the parameters are then those before the
     *     step), when a checkpoint cannot be written, read, or resumed with these settings
     */
    public TrainingResult train() {
        boolean live = objective.reference() == Objective.Reference.DISTRIBUTION;
        try (Optimizer optimizer = optimizerConfig.create(policy.parameters(), workers)) {
            if (live) {
                policy.holdReference();
            }
            return new Run(optimizer, reference()).run();
        } finally {
            policy.clearGradients();
            if (live) {
                policy.releaseReference();
            }
        }
    }

    /** What the policy, which no checkpoint has changed yet, says of the data; empty where the method does not need it. */
    private Optional<ReferenceLogps> reference() {
        if (objective.reference() != Objective.Reference.LABEL_LOGPS) {
            return Optional.empty();
        }
        Optional<ReferenceCache> cache = referenceCache.map(file -> new ReferenceCache(file, modelHash(), data));
        Optional<ReferenceLogps> cached = cache.flatMap(store -> store.read(this::notice));
        if (cached.isPresent()) {
            notice("the reference's log-probabilities are those of " + referenceCache.orElseThrow());
            return cached;
        }
        Stopwatch watch = Stopwatch.createStarted();
        ReferenceLogps computed = ReferenceLogps.compute(policy, data, config.batchSize());
        notice(String.format(
                Locale.ROOT,
                "the reference's log-probabilities of %,d examples were computed in %.1f s",
                data.examples().size(),
                secondsOf(watch.elapsed())));
        cache.ifPresent(store -> store.write(computed));
        return Optional.of(computed);
    }

    /**
     * SHA-256 of what decides the policy's answers: its parameters, what else tells it from others, and, as parameters need not be all of
     * a model (an adapter's base is not among them), what it says of the first example.
     */
    private HashCode modelHash() {
        Hasher hasher = Hashing.sha256().newHasher();
        new TreeMap<>(identity).forEach((name, value) -> hasher.putUnencodedChars(name + "=" + value + "\n"));
        for (Parameter parameter : policy.parameters()) {
            hasher.putUnencodedChars(parameter.name() + "\n");
            MemorySegment memory = parameter.value();
            for (long from = 0; from < memory.byteSize(); from += HASH_CHUNK) {
                hasher.putBytes(memory.asSlice(from, Math.min(HASH_CHUNK, memory.byteSize() - from))
                        .asByteBuffer());
            }
        }
        List<Sequence> first = data.examples().getFirst().sequences();
        for (SequenceScore score : policy.score(first, OptionalLambda.NONE)) {
            for (double logp : score.logps()) {
                hasher.putDouble(logp);
            }
        }
        return hasher.hash();
    }

    private void notice(String notice) {
        listeners.forEach(listener -> listener.onNotice(notice));
    }

    /** The state of one training. */
    private final class Run {
        private final Optimizer optimizer;
        private final Optional<ReferenceLogps> reference;
        private final GradientNorm gradientNorm = new GradientNorm(policy.parameters(), workers);
        private final Evaluator evaluator = new Evaluator(config.batchSize());
        private final BatchPlan plan = new BatchPlan(
                data.examples().size(),
                config.batchSize(),
                config.gradientAccumulation(),
                new EpochOrder(config.seed(), config.shuffle()));
        private final long totalSteps = config.totalSteps(plan.stepsPerEpoch());
        private final long warmupSteps = config.warmupSteps(totalSteps);
        private final SequencedMap<String, MemorySegment> tensors;
        private final Map<String, String> settings;
        private final Optional<CheckpointStore> store =
                checkpoints.map(directory -> new CheckpointStore(directory, config.keepCheckpoints()));

        Run(Optimizer optimizer, Optional<ReferenceLogps> reference) {
            this.optimizer = optimizer;
            this.reference = reference;
            this.tensors = new LinkedHashMap<>();
            for (Parameter parameter : policy.parameters()) {
                tensors.put("parameter." + parameter.name(), parameter.value());
            }
            optimizer.state().forEach((name, memory) -> tensors.put("optimizer." + name, memory));
            this.settings = settings();
        }

        TrainingResult run() {
            long done = resume ? restore() : 0;
            TrainingRun run = new TrainingRun(
                    config,
                    objective,
                    optimizerConfig,
                    data.report(),
                    policy.parameters().stream().mapToLong(Parameter::size).sum(),
                    done,
                    totalSteps,
                    warmupSteps);
            listeners.forEach(listener -> listener.onStart(run));
            Stopwatch watch = Stopwatch.createStarted();
            Optional<StepMetrics> last = Optional.empty();
            Optional<EvaluationResult> evaluation = Optional.empty();
            long tokens = 0;
            for (long step = done; step < totalSteps; step++) {
                StepMetrics metrics = step(step);
                last = Optional.of(metrics);
                tokens += metrics.tokens();
                listeners.forEach(listener -> listener.onStep(metrics));
                if (isDue(config.evalEvery(), metrics.step()) || metrics.step() == totalSteps) {
                    evaluation = evaluate(metrics.step());
                }
                if (isDue(config.saveEvery(), metrics.step())) {
                    save(metrics.step());
                }
            }
            if (done >= totalSteps) {
                evaluation = evaluate(done);
            }
            TrainingResult result =
                    new TrainingResult(totalSteps, tokens, secondsOf(watch.elapsed()), last, evaluation);
            listeners.forEach(listener -> listener.onEnd(result));
            return result;
        }

        private StepMetrics step(long step) {
            Stopwatch watch = Stopwatch.createStarted();
            List<int[]> microBatches = plan.microBatches(step);
            OptionalLambda lambda = lambda(step);
            StepLoss loss = new StepLoss(
                    objective,
                    data,
                    reference,
                    microBatches.stream().mapToInt(batch -> batch.length).sum());
            policy.clearGradients();
            SplitMix64 noise = SplitMix64.of(config.seed(), NOISE_PURPOSE, step);
            for (int[] batch : microBatches) {
                policy.reseed(noise.nextLong());
                loss.accumulate(policy, lambda, batch, step + 1);
            }
            double norm = gradientNorm.compute();
            if (!Double.isFinite(norm)) {
                throw new TrainingException("step " + (step + 1) + ": the gradient norm is " + norm
                        + ", the step was not made; lower the learning rate or max-grad-norm");
            }
            double rate = config.learningRate() * config.schedule().factor(step, warmupSteps, totalSteps);
            optimizer.step(rate, GradientNorm.clipScale(norm, config.maxGradientNorm()));
            return new StepMetrics(
                    step + 1,
                    plan.epochsAfter(step + 1),
                    loss.mean(),
                    norm,
                    rate,
                    lambda.present() ? OptionalDouble.of(lambda.value()) : OptionalDouble.empty(),
                    loss.examples(),
                    loss.tokens(),
                    loss.labelledTokens(),
                    secondsOf(watch.elapsed()),
                    loss.metrics());
        }

        private OptionalLambda lambda(long step) {
            return objective
                    .residual()
                    .map(residual -> OptionalLambda.of(
                            residual.at(step, warmupSteps, SplitMix64.of(config.seed(), LAMBDA_PURPOSE, step))))
                    .orElse(OptionalLambda.NONE);
        }

        private Optional<EvaluationResult> evaluate(long step) {
            Optional<EvaluationResult> result = evaluationData.map(dataset -> evaluator.evaluate(policy, dataset));
            result.ifPresent(found -> listeners.forEach(listener -> listener.onEvaluation(step, found)));
            return result;
        }

        private void save(long step) {
            Path folder = store.orElseThrow().save(step, settings, tensors);
            listeners.forEach(listener -> listener.onCheckpoint(step, folder));
        }

        private long restore() {
            Optional<CheckpointStore.Checkpoint> newest = store.orElseThrow().newest(Trainer.this::notice);
            if (newest.isEmpty()) {
                notice(checkpoints.orElseThrow()
                        + ": no checkpoint to resume from, training starts from the beginning");
                return 0;
            }
            newest.get().restore(settings, tensors);
            return newest.get().step();
        }

        /** What decides the outcome of a training; a checkpoint of others is refused. */
        private Map<String, String> settings() {
            Map<String, String> settings = new TreeMap<>(identity);
            settings.put("method", objective.toString());
            settings.put("optimizer", optimizerConfig.toString());
            settings.put("data", data.fingerprint());
            settings.put("steps", Long.toString(totalSteps));
            settings.put("batch-size", Integer.toString(config.batchSize()));
            settings.put("grad-accum", Integer.toString(config.gradientAccumulation()));
            settings.put("lr", Double.toString(config.learningRate()));
            settings.put("schedule", config.schedule().toString());
            settings.put("warmup-steps", Long.toString(warmupSteps));
            settings.put("max-grad-norm", Double.toString(config.maxGradientNorm()));
            settings.put("shuffle", Boolean.toString(config.shuffle()));
            settings.put("seed", Long.toString(config.seed()));
            return settings;
        }
    }

    private static boolean isDue(long every, long step) {
        return every > 0 && step % every == 0;
    }

    private static double secondsOf(Duration duration) {
        return duration.toNanos() * 1e-9;
    }

    /** Collects what a training needs: policy, objective, data and workers must be given. */
    public static final class Builder {
        private Policy policy;
        private Objective objective;
        private OptimizerConfig optimizer = OptimizerConfig.RmsPropConfig.withDefaults();
        private Dataset data;
        private TrainingConfig config = TrainingConfig.builder().build();
        private Workers workers;
        private Dataset evaluationData;
        private Path checkpoints;
        private Path referenceCache;
        private boolean resume;
        private final Map<String, String> identity = new TreeMap<>();
        private final List<TrainingListener> listeners = new ArrayList<>();

        private Builder() {}

        /** What is trained. */
        public Builder policy(Policy policy) {
            this.policy = policy;
            return this;
        }

        /** What is minimised. */
        public Builder objective(Objective objective) {
            this.objective = objective;
            return this;
        }

        /** How parameters are changed; RMSprop with PyTorch's defaults, as in the paper, unless set. */
        public Builder optimizer(OptimizerConfig optimizer) {
            this.optimizer = Preconditions.checkNotNull(optimizer, "the optimiser must not be null");
            return this;
        }

        /** What is learned. */
        public Builder data(Dataset data) {
            this.data = data;
            return this;
        }

        /** How long and in which steps; {@link TrainingConfig#builder()}'s defaults unless set. */
        public Builder config(TrainingConfig config) {
            this.config = Preconditions.checkNotNull(config, "the configuration must not be null");
            return this;
        }

        /** Threads for the optimiser. */
        public Builder workers(Workers workers) {
            this.workers = workers;
            return this;
        }

        /** Data to be evaluated on during the training and after it; none unless set. */
        public Builder evaluationData(Dataset evaluationData) {
            this.evaluationData = evaluationData;
            return this;
        }

        /** Folder for the checkpoints; needed for saving and resuming. */
        public Builder checkpoints(Path directory) {
            this.checkpoints = directory;
            return this;
        }

        /**
         * File that keeps the reference's log-probabilities from one training to the next, for methods that need them. It is used
         * only for the same model, data and {@link #identity}, and else made anew; none unless set.
         */
        public Builder referenceCache(Path file) {
            this.referenceCache = file;
            return this;
        }

        /** Whether to go on from the newest checkpoint, if there is one. */
        public Builder resume(boolean resume) {
            this.resume = resume;
            return this;
        }

        /** Something else that a resumed training must have in common with the saved one, such as the hash of the base model. */
        public Builder identity(String name, String value) {
            identity.put(name, value);
            return this;
        }

        /** Adds a listener; they are called in the order in which they were added. */
        public Builder listener(TrainingListener listener) {
            listeners.add(listener);
            return this;
        }

        /** @throws IllegalArgumentException when settings contradict each other or the data does not fit the objective */
        public Trainer build() {
            return new Trainer(this);
        }
    }
}
