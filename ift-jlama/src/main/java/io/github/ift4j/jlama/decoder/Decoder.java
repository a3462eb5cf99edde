package io.github.ift4j.jlama.decoder;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;
import io.github.ift4j.jlama.kernel.SoftCap;
import io.github.ift4j.jlama.kernel.VectorGemm;
import io.github.ift4j.jlama.runtime.VectorApi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;

/**
 * A decoder that serves: the layers of {@link DecoderPolicy} over a cache of keys and values. Fed the same tokens it gives the logits of
 * the training pass, bit for bit, however they are divided into calls.
 *
 * <p>Contexts may be used by different threads; their calls take turns.
 */
public final class Decoder implements TokenModel, AutoCloseable {
    /** Most tokens that go through the layers at a time. */
    private static final int CHUNK = 256;

    private final DecoderConfig config;
    private final DecoderWeights weights;
    private final Compute compute;
    private final boolean live;
    private final RotaryTables rotary;
    private final CausalAttention attention;
    private final Arena own = Arena.ofShared();
    private final Runnable release;
    private final LayerActivations activations;
    private final Matrix normed;
    private final Matrix statistics;
    private final Matrix logits;
    private final ReentrantLock turn = new ReentrantLock(true);

    private Decoder(DecoderConfig config, DecoderWeights weights, Compute compute, boolean live, Runnable release) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        this.live = live;
        this.release = release;
        rotary = new RotaryTables(config);
        attention = attention(config, compute);
        int rows = Math.min(CHUNK, config.contextLength());
        activations = LayerActivations.allocate(own, config, rows, SharedActivations.allocate(own, config, rows));
        normed = Matrix.allocate(own, 1, config.hiddenSize());
        statistics = Matrix.allocate(own, 1, Norm.statistics(config.norm().kind()));
        logits = Matrix.allocate(own, 1, config.vocabularySize());
    }

    /**
     * Loads a HuggingFace directory for serving. Weights are laid out anew, once, so that each token reads them in one sweep.
     *
     * @param workers threads to compute on; they stay the caller's
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when it cannot be used; the message says why
     */
    public static Decoder load(Path directory, Workers workers) {
        return load(directory, Optional.empty(), workers);
    }

    /**
     * Loads a HuggingFace directory with an adapter for serving.
     *
     * @param adapter folder of a PEFT adapter of that model, if there is to be one
     * @param workers threads to compute on; they stay the caller's
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when one of them cannot be used; the message says why
     */
    public static Decoder load(Path directory, Optional<Path> adapter, Workers workers) {
        VectorApi.require();
        return packed(workers, (arena, gemm) -> {
            try (HuggingFaceDirectory files = HuggingFaceDirectory.open(directory)) {
                DecoderConfig config = DecoderConfig.of(
                        files.config(), directory.resolve("config.json").toString());
                Optional<LowRankAdapters> adapters = adapter.map(
                        folder -> LowRankAdapters.loaded(PeftAdapter.read(folder, arena), arena, workers, gemm));
                AdapterSource source = adapters.isPresent() ? adapters.get() : AdapterSource.NONE;
                DecoderWeights weights =
                        DecoderWeightsBuilder.packed(config, new CheckpointSource(files), arena, gemm, source);
                adapters.ifPresent(LowRankAdapters::checkComplete);
                return new Model(config, weights);
            }
        });
    }

    /**
     * A model of the given shape with weights from a generator, laid out as loaded ones are, for measurements.
     *
     * @param workers threads to compute on; they stay the caller's
     */
    public static Decoder initialise(DecoderConfig config, WeightInitialiser source, Workers workers) {
        VectorApi.require();
        return packed(
                workers,
                (arena, gemm) -> new Model(
                        config,
                        DecoderWeightsBuilder.packed(config, source.source(config), arena, gemm, AdapterSource.NONE)));
    }

    private static Decoder packed(Workers workers, BiFunction<Arena, Gemm, Model> builder) {
        Arena arena = Arena.ofShared();
        Gemm gemm = new VectorGemm(workers);
        Scratch scratch = new Scratch();
        Runnable release = () -> {
            scratch.close();
            gemm.close();
            arena.close();
        };
        try {
            Model model = builder.apply(arena, gemm);
            return new Decoder(model.config(), model.weights(), Compute.on(workers, gemm, scratch), false, release);
        } catch (RuntimeException | Error e) {
            release.run();
            throw e;
        }
    }

    private record Model(DecoderConfig config, DecoderWeights weights) {}

    /** A decoder over weights that somebody else owns and may change between calls. */
    static Decoder over(DecoderConfig config, DecoderWeights weights, Compute compute) {
        return new Decoder(config, weights, compute, true, () -> {});
    }

    static CausalAttention attention(DecoderConfig config, Compute compute) {
        AttentionConfig attention = config.attention();
        return new CausalAttention(
                compute.gemm(),
                compute.workers(),
                attention.heads(),
                attention.kvHeads(),
                attention.headDim(),
                attention.scale(),
                attention.softCap());
    }

    /** The model's shape. */
    public DecoderConfig config() {
        return config;
    }

    @Override
    public int vocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public int contextLength() {
        return config.contextLength();
    }

    @Override
    public Context newContext() {
        return new CachedContext();
    }

    @Override
    public void close() {
        turn.lock();
        try {
            attention.close();
            rotary.close();
            own.close();
            release.run();
        } finally {
            turn.unlock();
        }
    }

    /**
     * Runs tokens through the layers and appends their keys and values to the cache.
     *
     * @param length of the sequence as it will be when all tokens of the call are appended
     */
    private void run(int[] tokens, KeyValueCache cache, int length) {
        int past = cache.length();
        int end = past + tokens.length;
        int[] positions = new int[tokens.length];
        int[] lengths = new int[tokens.length];
        Arrays.setAll(positions, i -> past + i);
        Arrays.fill(lengths, length);
        List<Rotation> rotations = rotary.rotations(positions, lengths);
        LayerActivations a = activations.rowRange(0, tokens.length);
        Embeddings.fill(compute, config, weights, tokens, tokens, 0, positions, a.input());
        AttentionActivations attended = a.attention();
        for (int i = 0; i < weights.layers().size(); i++) {
            DecoderLayer layer = weights.layers().get(i);
            Matrix keys = cache.keys(i).rowRange(0, end);
            Matrix values = cache.values(i).rowRange(0, end);
            Runnable attend = () -> {
                keys.rowRange(past, end).copyFrom(attended.key());
                values.rowRange(past, end).copyFrom(attended.value());
                attention.forward(
                        attended.query(), keys, values, layer.attention().window(), attended.attended());
            };
            layer.forward(compute, a, rotations.get(i), attend, a.input());
        }
        cache.length(end);
    }

    private void predict(Matrix last, float[] result) {
        weights.norm().forward(compute, last, normed, statistics);
        if (config.logitScale() != 1) {
            Rows.scale(compute.workers(), normed, config.logitScale());
        }
        weights.head().forward(compute, normed, logits, false);
        if (config.logitSoftCap() > 0) {
            SoftCap.forward(compute.workers(), logits, config.logitSoftCap());
        }
        MemorySegment.copy(logits.segment(), ValueLayout.JAVA_FLOAT, 0, result, 0, result.length);
    }

    private final class CachedContext implements Context {
        private final KeyValueCache cache = new KeyValueCache(config);
        private int[] held = new int[0];

        @Override
        public int length() {
            return cache.length();
        }

        @Override
        public void append(int[] tokens, float[] result) {
            Preconditions.checkArgument(tokens.length > 0, "there must be at least one token to append");
            Preconditions.checkArgument(
                    result.length == config.vocabularySize(),
                    "the logits need room for %s numbers, have %s",
                    config.vocabularySize(),
                    result.length);
            int end = cache.length() + tokens.length;
            Preconditions.checkArgument(
                    end <= config.contextLength(),
                    "%s tokens do not fit into the model's context of %s",
                    end,
                    config.contextLength());
            for (int token : tokens) {
                Preconditions.checkArgument(
                        token >= 0 && token < config.vocabularySize(),
                        "token id %s is not in the vocabulary of %s",
                        token,
                        config.vocabularySize());
            }
            turn.lock();
            try {
                if (live) {
                    weights.refresh(compute);
                }
                rotary.prepare(new int[] {end});
                cache.ensure(end);
                int[] all = Arrays.copyOf(held, end);
                System.arraycopy(tokens, 0, all, cache.length(), tokens.length);
                if (!rotary.alike(Math.max(1, cache.length()), end)) {
                    // Keys of a shorter sequence would have been rotated in another way.
                    cache.length(0);
                }
                int rows = 0;
                for (int from = cache.length(); from < end; from += rows) {
                    rows = Math.min(activations.input().rows(), end - from);
                    run(Arrays.copyOfRange(all, from, from + rows), cache, end);
                }
                held = all;
                predict(activations.input().rowRange(rows - 1, rows), result);
            } finally {
                turn.unlock();
            }
        }

        @Override
        public void truncate(int length) {
            Preconditions.checkPositionIndex(length, cache.length());
            cache.length(length);
        }

        @Override
        public void close() {
            cache.close();
        }
    }
}
