package io.github.ift4j.jlama.decoder;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWeightLoader;
import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.RmsNorm;
import io.github.ift4j.jlama.kernel.Rows;
import io.github.ift4j.jlama.kernel.VectorGemm;
import io.github.ift4j.jlama.runtime.VectorApi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

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
    private final RotaryTable rotary;
    private final CausalAttention attention;
    private final Arena own = Arena.ofShared();
    private final Runnable release;
    private final LayerActivations activations;
    private final Matrix normed;
    private final Matrix inverse;
    private final Matrix logits;
    private final ReentrantLock turn = new ReentrantLock(true);

    private Decoder(DecoderConfig config, DecoderWeights weights, Compute compute, Runnable release) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        this.release = release;
        rotary = new RotaryTable(config);
        attention = attention(config, compute);
        int rows = Math.min(CHUNK, config.contextLength());
        activations =
                LayerActivations.allocate(own, config, rows, Matrix.allocate(own, rows, config.intermediateSize()));
        normed = Matrix.allocate(own, 1, config.hiddenSize());
        inverse = Matrix.allocate(own, 1, 1);
        logits = Matrix.allocate(own, 1, config.vocabularySize());
    }

    /**
     * Loads a HuggingFace directory for serving. Weights are laid out anew, once, so that each token reads them in one sweep.
     *
     * @param workers threads to compute on; they stay the caller's
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when it cannot be used; the message says why
     */
    public static Decoder load(Path directory, Workers workers) {
        VectorApi.require();
        Arena arena = Arena.ofShared();
        Gemm gemm = new VectorGemm(workers);
        try (HuggingFaceDirectory files = HuggingFaceDirectory.open(directory)) {
            DecoderConfig config = DecoderConfig.of(
                    files.config(), directory.resolve("config.json").toString());
            DecoderWeights weights = DecoderWeights.packed(
                    config,
                    (name, shape, target) -> new HuggingFaceWeightLoader(files, target).load(name, shape),
                    arena,
                    gemm);
            return new Decoder(config, weights, new Compute(workers, gemm), () -> {
                gemm.close();
                arena.close();
            });
        } catch (RuntimeException | Error e) {
            gemm.close();
            arena.close();
            throw e;
        }
    }

    /** A decoder over weights that somebody else owns and may change between calls. */
    static Decoder over(DecoderConfig config, DecoderWeights weights, Compute compute) {
        return new Decoder(config, weights, compute, () -> {});
    }

    static CausalAttention attention(DecoderConfig config, Compute compute) {
        return new CausalAttention(
                compute.gemm(),
                compute.workers(),
                config.heads(),
                config.kvHeads(),
                config.headDim(),
                (float) (1 / Math.sqrt(config.headDim())),
                0);
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

    private void run(int[] tokens, KeyValueCache cache) {
        int past = cache.length();
        int end = past + tokens.length;
        int[] positions = new int[tokens.length];
        Arrays.setAll(positions, i -> past + i);
        LayerActivations a = activations.rowRange(0, tokens.length);
        Rows.gather(compute.workers(), weights.embedding().value(), tokens, a.input());
        for (int i = 0; i < config.layers(); i++) {
            Matrix keys = cache.keys(i).rowRange(0, end);
            Matrix values = cache.values(i).rowRange(0, end);
            Runnable attend = () -> {
                keys.rowRange(past, end).copyFrom(a.key());
                values.rowRange(past, end).copyFrom(a.value());
                attention.forward(a.query(), keys, values, Integer.MAX_VALUE, a.attended());
            };
            weights.layers().get(i).forward(compute, a, positions, rotary, attend, a.input());
        }
        cache.length(end);
    }

    private void predict(Matrix last, float[] result) {
        RmsNorm.forward(compute.workers(), last, weights.norm().value(), 0, config.normEpsilon(), normed, inverse);
        weights.head().forward(compute, normed, logits, false);
        MemorySegment.copy(logits.segment(), ValueLayout.JAVA_FLOAT, 0, result, 0, result.length);
    }

    private final class CachedContext implements Context {
        private final KeyValueCache cache = new KeyValueCache(config);

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
                rotary.ensure(end);
                cache.ensure(end);
                int rows = 0;
                for (int from = 0; from < tokens.length; from += rows) {
                    rows = Math.min(activations.input().rows(), tokens.length - from);
                    run(Arrays.copyOfRange(tokens, from, from + rows), cache);
                }
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
