package io.github.ift4j.jlama.decoder;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.KlDivergence;
import io.github.ift4j.jlama.kernel.LogSoftmax;
import io.github.ift4j.jlama.runtime.HugePageArena;
import io.github.ift4j.jlama.runtime.VectorApi;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A decoder that learns: the transformer's forward and backward passes and the two passes of the temporal residual connection
 * (Hua et al. 2025, section 4.2), in float32.
 *
 * <p>The first pass runs over all rows. Its activations of the rows before a sequence's first label stand for the second pass too,
 * which runs over the later rows only; the gradient flows through both. Rows from the last label on are never computed.
 */
public final class DecoderPolicy implements Policy {
    private final DecoderConfig config;
    private final Arena arena;
    private final DecoderWeights weights;
    private final Gemm gemm;
    private final Compute compute;
    private final TrainingOptions options;
    private final Optional<LowRankAdapters> adapters;
    private final Scratch scratch = new Scratch();
    private final TrainingPass pass;
    private final OutputHead head;
    private OptionalLong noise = OptionalLong.of(0);
    private Optional<ReferenceModel> reference = Optional.empty();

    private DecoderPolicy(
            DecoderConfig config,
            Arena arena,
            Gemm gemm,
            DecoderWeights weights,
            Optional<LowRankAdapters> adapters,
            TrainingOptions options,
            Workers workers) {
        this.config = config;
        this.options = options;
        this.arena = arena;
        this.gemm = gemm;
        this.weights = weights;
        this.adapters = adapters;
        compute = Compute.on(workers, gemm, scratch);
        pass = new TrainingPass(config, weights, compute, options.recompute());
        head = new OutputHead(config, weights, compute, options.maxLogits());
    }

    /**
     * Loads a HuggingFace directory so that all of its weights learn.
     *
     * @param directory folder with config.json and safetensors
     * @param workers threads to compute on; they stay the caller's
     * @throws CheckpointException when it cannot be used; the message says why
     */
    public static DecoderPolicy load(Path directory, Workers workers) {
        return load(directory, TrainingOptions.defaults(), workers);
    }

    /**
     * Loads a HuggingFace directory so that all of its weights learn.
     *
     * @param directory folder with config.json and safetensors
     * @param options how a step is computed
     * @param workers threads to compute on; they stay the caller's
     * @throws CheckpointException when it cannot be used; the message says why
     */
    public static DecoderPolicy load(Path directory, TrainingOptions options, Workers workers) {
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(directory)) {
            files.checkTrainable();
            return trainable(config(files), new CheckpointSource(files), options, workers);
        }
    }

    /**
     * A new adapter over a HuggingFace directory, quantised or not: the adapter learns, the model's own weights stay as they are.
     *
     * @param directory folder with config.json and safetensors
     * @param adapter what is adapted, and how
     * @param seed of the adapter's first weights
     * @param workers threads to compute on; they stay the caller's
     * @throws CheckpointException when the directory cannot be used, or no layer is called as the targets say
     */
    public static DecoderPolicy adapt(Path directory, PeftConfig adapter, long seed, Workers workers) {
        return adapt(directory, adapter, seed, TrainingOptions.defaults(), workers);
    }

    /**
     * A new adapter over a HuggingFace directory, quantised or not: the adapter learns, the model's own weights stay as they are.
     *
     * @param directory folder with config.json and safetensors
     * @param adapter what is adapted, and how
     * @param seed of the adapter's first weights
     * @param options how a step is computed
     * @param workers threads to compute on; they stay the caller's
     * @throws CheckpointException when the directory cannot be used, or no layer is called as the targets say
     */
    public static DecoderPolicy adapt(
            Path directory, PeftConfig adapter, long seed, TrainingOptions options, Workers workers) {
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(directory)) {
            return frozen(config(files), new CheckpointSource(files), options, workers, fresh(adapter, seed, workers));
        }
    }

    private static AdapterFactory fresh(PeftConfig adapter, long seed, Workers workers) {
        return (config, arena, gemm) -> {
            PeftConfig fitting = adapter.withFanInFanOut(config.names().transposed());
            return Optional.of(LowRankAdapters.fresh(fitting, seed, arena, workers, gemm));
        };
    }

    /**
     * A model that only scores: nothing learns, so that it needs no memory for gradients.
     *
     * @param directory folder with config.json and safetensors
     * @param adapter folder of a PEFT adapter, if there is to be one
     * @param workers threads to compute on; they stay the caller's
     * @throws CheckpointException when one of them cannot be used; the message says why
     */
    public static DecoderPolicy frozen(Path directory, Optional<Path> adapter, Workers workers) {
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(directory)) {
            return frozen(
                    config(files),
                    new CheckpointSource(files),
                    TrainingOptions.defaults(),
                    workers,
                    (config, arena, gemm) -> adapter.map(
                            folder -> LowRankAdapters.loaded(PeftAdapter.read(folder, arena), arena, workers, gemm)));
        }
    }

    private static DecoderPolicy frozen(
            DecoderConfig config,
            WeightSource weightSource,
            TrainingOptions options,
            Workers workers,
            AdapterFactory factory) {
        VectorApi.require();
        TrainingOptions settled = settled(options, config, workers);
        Gemm gemm = settled.gemm().open(workers);
        Arena arena = new HugePageArena();
        try {
            Optional<LowRankAdapters> adapters = factory.make(config, arena, gemm.exact());
            AdapterSource source = adapters.isPresent() ? adapters.get() : AdapterSource.NONE;
            DecoderWeights weights = DecoderWeightsBuilder.frozen(config, weightSource, arena, source);
            adapters.ifPresent(LowRankAdapters::checkComplete);
            return new DecoderPolicy(config, arena, gemm, weights, adapters, settled, workers);
        } catch (RuntimeException | Error e) {
            gemm.close();
            arena.close();
            throw e;
        }
    }

    @FunctionalInterface
    private interface AdapterFactory {
        Optional<LowRankAdapters> make(DecoderConfig config, Arena arena, Gemm gemm);
    }

    /**
     * A model of the given shape with weights from a generator, for measurements and for training from scratch.
     *
     * @param source fills a weight, given its name and shape
     */
    public static DecoderPolicy initialise(DecoderConfig config, WeightInitialiser source, Workers workers) {
        return initialise(config, source, TrainingOptions.defaults(), workers);
    }

    /**
     * A model of the given shape with weights from a generator, for measurements and for training from scratch.
     *
     * @param source fills a weight, given its name and shape
     * @param options how a step is computed
     */
    public static DecoderPolicy initialise(
            DecoderConfig config, WeightInitialiser source, TrainingOptions options, Workers workers) {
        return trainable(config, source.source(config), options, workers);
    }

    /**
     * A new adapter over a model of the given shape with weights from a generator, for measurements.
     *
     * @param source fills a weight, given its name and shape; these weights stay as they are
     * @param adapter what is adapted, and how
     * @param seed of the adapter's first weights
     * @param options how a step is computed
     * @throws CheckpointException when no layer is called as the targets say
     */
    public static DecoderPolicy initialise(
            DecoderConfig config,
            WeightInitialiser source,
            PeftConfig adapter,
            long seed,
            TrainingOptions options,
            Workers workers) {
        return frozen(config, source.source(config), options, workers, fresh(adapter, seed, workers));
    }

    private static DecoderPolicy trainable(
            DecoderConfig config, WeightSource source, TrainingOptions options, Workers workers) {
        VectorApi.require();
        TrainingOptions settled = settled(options, config, workers);
        Gemm gemm = settled.gemm().open(workers);
        Arena arena = new HugePageArena();
        try {
            DecoderWeights weights = DecoderWeightsBuilder.trainable(config, source, arena);
            return new DecoderPolicy(config, arena, gemm, weights, Optional.empty(), settled, workers);
        } catch (RuntimeException | Error e) {
            gemm.close();
            arena.close();
            throw e;
        }
    }

    private static TrainingOptions settled(TrainingOptions options, DecoderConfig config, Workers workers) {
        return options.withGemm(options.gemm().resolve(workers, config.mlp().width(), config.hiddenSize()));
    }

    private static DecoderConfig config(HuggingFaceDirectory files) {
        return DecoderConfig.of(
                files.config(), files.path().resolve("config.json").toString());
    }

    /** The model's shape. */
    public DecoderConfig config() {
        return config;
    }

    /** How a step is computed, with the matrix products that a choice of {@link GemmChoice#AUTO} has led to. */
    public TrainingOptions options() {
        return options;
    }

    /** Memory that a batch of so many tokens takes for activations and their gradients, in bytes. */
    public long activationBytes(long tokens) {
        return tokens * TrainingPass.bytesPerRow(config, options.recompute());
    }

    @Override
    public List<Parameter> parameters() {
        return adapters.map(LowRankAdapters::parameters).orElse(weights.parameters());
    }

    /** The adapter over the memory that it learns in; empty where the model's own weights learn. */
    public Optional<PeftAdapter> adapter() {
        return adapters.map(LowRankAdapters::adapter);
    }

    @Override
    public void reseed(long seed) {
        noise = OptionalLong.of(seed);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Where an adapter learns, the reference shares the base with the policy; where all weights learn, it takes as much memory as
     * they do.
     */
    @Override
    public void holdReference() {
        releaseReference();
        reference = Optional.of(new ReferenceModel(config, weights, adapters, compute, options.maxLogits()));
    }

    @Override
    public void releaseReference() {
        reference.ifPresent(ReferenceModel::close);
        reference = Optional.empty();
    }

    /** The model as it stands, for generating: it computes in float32 with the live weights and sees every optimiser step. */
    public Decoder decoder() {
        return Decoder.over(config, weights, compute.exact());
    }

    @Override
    public List<SequenceScore> score(List<Sequence> sequences, OptionalLambda lambda) {
        List<List<Sequence>> groups = sequences.stream().map(List::of).toList();
        List<SequenceScore> scores = new ArrayList<>();
        run(groups, lambda, OptionalLong.empty(), Optional.empty(), (group, groupScores) -> {
            scores.addAll(groupScores);
            return List.of();
        });
        return scores;
    }

    @Override
    public void accumulate(List<List<Sequence>> groups, OptionalLambda lambda, GradientSource source) {
        BatchLayout layout = run(groups, lambda, noise, reference, source);
        if (layout.totalRows() == 0) {
            return;
        }
        pass.backward(layout);
        Embeddings.backward(compute, config, weights, layout, !lambda.present(), pass.gradient(layout));
    }

    /** Everything up to the gradient of the residual stream after the last layer. */
    private BatchLayout run(
            List<List<Sequence>> groups,
            OptionalLambda lambda,
            OptionalLong noise,
            Optional<ReferenceModel> against,
            GradientSource source) {
        List<Sequence> sequences = groups.stream().flatMap(List::stream).toList();
        sequences.forEach(this::check);
        parameters().forEach(parameter -> gemm.weightsChanged(parameter.value()));
        BatchLayout layout = BatchLayout.of(sequences);
        pass.prepare(layout, noise);
        embed(layout, layout.tokens(), 0);
        pass.forward(layout);
        if (lambda.value() > 0) {
            embed(layout, mixedTokens(layout), (float) lambda.value());
            pass.forwardMixed(layout);
        }
        against.ifPresent(other -> other.run(layout));
        pass.gradient(layout).clear();
        int firstGroup = 0;
        int firstSequence = 0;
        while (firstGroup < groups.size()) {
            int end = firstGroup;
            int sequenceEnd = firstSequence;
            int rows = 0;
            do {
                for (Sequence sequence : groups.get(end++)) {
                    rows += sequence.labelledTokens();
                    sequenceEnd++;
                }
            } while (end < groups.size() && rows + labelled(groups.get(end)) <= head.rowsAtOnce());
            score(layout, groups, firstGroup, end, firstSequence, sequenceEnd, against, source);
            firstGroup = end;
            firstSequence = sequenceEnd;
        }
        return layout;
    }

    private static int labelled(List<Sequence> group) {
        return group.stream().mapToInt(Sequence::labelledTokens).sum();
    }

    private void embed(BatchLayout layout, int[] mixed, float lambda) {
        Embeddings.fill(
                compute, config, weights, layout.tokens(), mixed, lambda, layout.positions(), pass.embeddings(layout));
    }

    /** For each row the greedy prediction of its own token where that token is a label, else the token itself. */
    private int[] mixedTokens(BatchLayout layout) {
        int[] predictors = new int[layout.totalRows() - layout.sharedRows()];
        int[] predicted = new int[predictors.length];
        int count = 0;
        for (int s = 0; s < layout.rows().length; s++) {
            int[] rows = layout.rows()[s];
            for (int t : layout.labelled(s, layout.firstMixed()[s], rows.length)) {
                predictors[count] = rows[t - 1];
                predicted[count++] = rows[t];
            }
        }
        int[] greedy = head.greedy(pass.output(layout), Arrays.copyOf(predictors, count));
        int[] mixed = layout.tokens().clone();
        for (int i = 0; i < count; i++) {
            mixed[predicted[i]] = greedy[i];
        }
        return mixed;
    }

    /** Scores the groups {@code from} (inclusive) to {@code to} (exclusive), whose sequences are {@code first} to {@code last}. */
    private void score(
            BatchLayout layout,
            List<List<Sequence>> groups,
            int from,
            int to,
            int first,
            int last,
            Optional<ReferenceModel> against,
            GradientSource source) {
        int[][] labelled = new int[last - first][];
        int count = 0;
        for (int s = first; s < last; s++) {
            labelled[s - first] =
                    layout.labelled(s, 1, layout.sequences().get(s).length());
            count += labelled[s - first].length;
        }
        int[] rows = new int[count];
        int[] labels = new int[count];
        int next = 0;
        for (int s = first; s < last; s++) {
            for (int t : labelled[s - first]) {
                rows[next] = layout.rows()[s][t - 1];
                labels[next++] = layout.sequences().get(s).labels()[t];
            }
        }
        List<List<Sequence>> scored = groups.subList(from, to);
        if (against.isEmpty()) {
            head.score(
                    pass.output(layout),
                    rows,
                    labels,
                    softmax -> differentiate(scored, from, labelled, softmax, Optional.empty(), source)
                            .map(OutputHead.Slopes::logps),
                    pass.gradient(layout));
        } else {
            head.score(
                    pass.output(layout),
                    rows,
                    labels,
                    against.get().head(),
                    against.get().output(layout),
                    kl -> differentiate(scored, from, labelled, kl.policy(), Optional.of(kl), source),
                    pass.gradient(layout));
        }
    }

    /** Hands the scores to the source group by group; empty when it wants no gradient at all. */
    private static Optional<OutputHead.Slopes> differentiate(
            List<List<Sequence>> groups,
            int firstGroup,
            int[][] labelled,
            LogSoftmax softmax,
            Optional<KlDivergence> divergence,
            GradientSource source) {
        int rows = Arrays.stream(labelled).mapToInt(t -> t.length).sum();
        double[] dLogps = new double[rows];
        double[] dKls = new double[rows];
        int row = 0;
        int sequence = 0;
        boolean wanted = false;
        for (int g = 0; g < groups.size(); g++) {
            int firstRow = row;
            int firstSequence = sequence;
            List<SequenceScore> scores = new ArrayList<>();
            for (Sequence member : groups.get(g)) {
                scores.add(scored(member, labelled[sequence], row, softmax, divergence));
                row += labelled[sequence++].length;
            }
            List<SequenceGradient> gradients = source.gradient(firstGroup + g, scores);
            if (gradients.isEmpty()) {
                continue;
            }
            wanted = true;
            row = firstRow;
            for (int s = firstSequence; s < sequence; s++) {
                double[] dSequence = gradients.get(s - firstSequence).logps();
                double[] dDivergence = gradients.get(s - firstSequence).kl().orElse(new double[dSequence.length]);
                for (int t : labelled[s]) {
                    dLogps[row] = dSequence[t];
                    dKls[row++] = dDivergence[t];
                }
            }
        }
        return wanted ? Optional.of(new OutputHead.Slopes(dLogps, dKls)) : Optional.empty();
    }

    /** The score of one sequence, whose labels are at {@code labelled} and in the rows from {@code row} on. */
    private static SequenceScore scored(
            Sequence sequence, int[] labelled, int row, LogSoftmax softmax, Optional<KlDivergence> divergence) {
        double[] logps = new double[sequence.length()];
        int[] greedy = new int[sequence.length()];
        double[] reference = new double[sequence.length()];
        double[] kl = new double[sequence.length()];
        Arrays.fill(greedy, -1);
        for (int i = 0; i < labelled.length; i++) {
            int t = labelled[i];
            logps[t] = softmax.logp(row + i);
            greedy[t] = softmax.greedy(row + i);
            if (divergence.isPresent()) {
                reference[t] = divergence.get().reference().logp(row + i);
                kl[t] = divergence.get().divergence(row + i);
            }
        }
        SequenceScore score = new SequenceScore(sequence, logps, greedy);
        return divergence.isPresent() ? score.withReference(reference).withKl(kl) : score;
    }

    private void check(Sequence sequence) {
        Preconditions.checkArgument(
                sequence.length() <= config.contextLength(),
                "a sequence of %s tokens is longer than the model's context of %s; truncate it",
                sequence.length(),
                config.contextLength());
        for (int t = 0; t < sequence.length(); t++) {
            checkId(sequence.inputIds()[t], "input_ids", t);
            if (sequence.isLabelled(t)) {
                checkId(sequence.labels()[t], "labels", t);
            }
        }
    }

    private void checkId(int id, String field, int position) {
        Preconditions.checkArgument(
                id >= 0 && id < config.vocabularySize(),
                "%s[%s] is %s, but the model's vocabulary has %s entries",
                field,
                position,
                id,
                config.vocabularySize());
    }

    @Override
    public void close() {
        releaseReference();
        head.close();
        pass.close();
        scratch.close();
        gemm.close();
        arena.close();
    }
}
