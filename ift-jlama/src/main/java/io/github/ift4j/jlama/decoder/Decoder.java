package io.github.ift4j.jlama.decoder;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.KeyValuePanels;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;
import io.github.ift4j.jlama.kernel.SoftCap;
import io.github.ift4j.jlama.kernel.VectorGemm;
import io.github.ift4j.jlama.runtime.HugePageArena;
import io.github.ift4j.jlama.runtime.VectorApi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;

/**
 * A decoder that serves: the layers of {@link DecoderPolicy} over a cache of keys and values. Fed the same tokens it gives the logits of
 * the training pass, bit for bit, however they are divided into calls and whatever other contexts are fed in the same step: the rows
 * of a step share the products with the weights, and each attends to its own context.
 *
 * <p>Contexts may be used by different threads; steps take turns.
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
    private final Buffer last = new Buffer();
    private final Buffer normed = new Buffer();
    private final Buffer statistics = new Buffer();
    private final Buffer logits = new Buffer();
    private final ReentrantLock turn = new ReentrantLock(true);

    private Decoder(DecoderConfig config, DecoderWeights weights, Compute compute, boolean live, Runnable release) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        this.live = live;
        this.release = release;
        rotary = new RotaryTables(config);
        attention = attention(config, compute);
        activations = LayerActivations.allocate(own, config, CHUNK, SharedActivations.allocate(own, config, CHUNK));
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
        Arena arena = new HugePageArena();
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
            List.of(last, normed, statistics, logits).forEach(Buffer::close);
            own.close();
            release.run();
        } finally {
            turn.unlock();
        }
    }

    @Override
    public boolean isFixed() {
        return !live;
    }

    @Override
    public void step(List<Feed> feeds) {
        feeds.forEach(this::check);
        Preconditions.checkArgument(
                feeds.stream().map(Feed::context).distinct().count() == feeds.size(),
                "a context can be fed only once a step");
        if (feeds.isEmpty()) {
            return;
        }
        turn.lock();
        try {
            if (live) {
                weights.refresh(compute);
            }
            List<Stretch> stretches = new ArrayList<>();
            List<float[]> results = new ArrayList<>();
            for (Feed feed : feeds) {
                stretches.add(((CachedContext) feed.context()).extend(feed, results.size()));
                results.addAll(List.of(feed.logits()));
            }
            rotary.prepare(stretches.stream().mapToInt(Stretch::length).toArray());
            Matrix last = this.last.matrix(results.size(), config.hiddenSize());
            passes(stretches).forEach(pass -> run(pass, last));
            predict(last, results);
            stretches.forEach(stretch -> stretch.context().keep(stretch.length()));
        } finally {
            turn.unlock();
        }
    }

    private void check(Feed feed) {
        Preconditions.checkArgument(
                feed.context() instanceof CachedContext context && context.decoder() == this,
                "the context belongs to another model");
        for (float[] logits : feed.logits()) {
            Preconditions.checkArgument(
                    logits.length == config.vocabularySize(),
                    "the logits need room for %s numbers, have %s",
                    config.vocabularySize(),
                    logits.length);
        }
        int end = feed.context().length() + feed.tokens().length;
        Preconditions.checkArgument(
                end <= config.contextLength(),
                "%s tokens do not fit into the model's context of %s",
                end,
                config.contextLength());
        int rows = feed.logits().length;
        Preconditions.checkArgument(
                rotary.alike(end - rows + 1, end),
                "the logits of %s tokens of a sequence cannot be told from its %s tokens, which are rotated in another"
                        + " way",
                rows,
                end);
        for (int token : feed.tokens()) {
            Preconditions.checkArgument(
                    token >= 0 && token < config.vocabularySize(),
                    "token id %s is not in the vocabulary of %s",
                    token,
                    config.vocabularySize());
        }
    }

    /** The stretches, cut where needed, in passes of at most {@value #CHUNK} tokens. */
    private static List<List<Stretch>> passes(List<Stretch> stretches) {
        List<List<Stretch>> passes = new ArrayList<>();
        List<Stretch> pass = new ArrayList<>();
        int room = CHUNK;
        for (Stretch stretch : stretches) {
            for (int from = stretch.from(); from < stretch.to(); ) {
                if (room == 0) {
                    passes.add(pass);
                    pass = new ArrayList<>();
                    room = CHUNK;
                }
                int to = Math.min(stretch.to(), from + room);
                pass.add(stretch.part(from, to));
                room -= to - from;
                from = to;
            }
        }
        passes.add(pass);
        return passes;
    }

    /**
     * Runs tokens of several contexts through the layers, side by side, and writes their keys and values into their caches.
     *
     * @param last receives the hidden states of those tokens among them whose logits are wanted, [all such tokens of the step, hidden]
     */
    private void run(List<Stretch> pass, Matrix last) {
        int rows = pass.stream().mapToInt(Stretch::rows).sum();
        int[] tokens = new int[rows];
        int[] positions = new int[rows];
        int[] lengths = new int[rows];
        int row = 0;
        for (Stretch stretch : pass) {
            for (int position = stretch.from(); position < stretch.to(); position++, row++) {
                tokens[row] = stretch.context().held[position];
                positions[row] = position;
                lengths[row] = stretch.length();
            }
        }
        List<Rotation> rotations = rotary.rotations(positions, lengths);
        LayerActivations a = activations.rowRange(0, rows);
        Embeddings.fill(compute, config, weights, tokens, tokens, 0, positions, a.input());
        for (int i = 0; i < weights.layers().size(); i++) {
            DecoderLayer layer = weights.layers().get(i);
            layer.project(compute, a, rotations.get(i));
            attend(pass, i, layer.attention().window(), a.attention());
            layer.finish(compute, a, a.input());
        }
        row = 0;
        for (Stretch stretch : pass) {
            int firstWanted = stretch.length() - stretch.wanted();
            for (int position = Math.max(stretch.from(), firstWanted); position < stretch.to(); position++) {
                last.copyRow(stretch.result() + position - firstWanted, a.input(), row + position - stretch.from());
            }
            row += stretch.rows();
        }
    }

    /** Attention of each stretch to its own context. */
    private void attend(List<Stretch> pass, int layer, int window, AttentionActivations a) {
        Workers workers = compute.workers();
        List<Runnable> singles = new ArrayList<>();
        int row = 0;
        for (Stretch stretch : pass) {
            AttentionActivations own = a.rowRange(row, row + stretch.rows());
            row += stretch.rows();
            Runnable attend = () -> attend(stretch, layer, window, own);
            if (stretch.rows() == 1) {
                singles.add(attend);
            } else {
                attend.run();
            }
        }
        if (singles.size() < 2 * workers.size()) {
            // Too few to keep all threads busy with one each: they share the heads of each.
            singles.forEach(Runnable::run);
        } else {
            workers.forEach(singles.size(), (i, worker) -> singles.get(i).run());
        }
    }

    private void attend(Stretch stretch, int layer, int window, AttentionActivations a) {
        KeyValuePanels cache = stretch.context().cache.layer(layer);
        attention.forward(a.query(), a.key(), a.value(), cache, stretch.from(), window, a.attended());
    }

    private void predict(Matrix last, List<float[]> results) {
        Matrix normed = this.normed.matrix(results.size(), config.hiddenSize());
        Matrix logits = this.logits.matrix(results.size(), config.vocabularySize());
        int perRow = Norm.statistics(config.norm().kind());
        weights.norm().forward(compute, last, normed, statistics.matrix(results.size(), perRow));
        if (config.logitScale() != 1) {
            Rows.scale(compute.workers(), normed, config.logitScale());
        }
        weights.head().forward(compute, normed, logits, false);
        if (config.logitSoftCap() > 0) {
            SoftCap.forward(compute.workers(), logits, config.logitSoftCap());
        }
        for (int i = 0; i < results.size(); i++) {
            float[] result = results.get(i);
            MemorySegment.copy(logits.segment(), ValueLayout.JAVA_FLOAT, logits.rowByte(i), result, 0, result.length);
        }
    }

    /**
     * Tokens of a context that go through the layers in one pass.
     *
     * @param result number of the row of all the step's logits that the context's first one is
     * @param wanted how many of the whole feed's last tokens have logits
     * @param from position of the first of the tokens
     * @param to position after the last of them
     * @param length of the context as it will be when the whole feed is appended
     */
    private record Stretch(CachedContext context, int result, int wanted, int from, int to, int length) {
        int rows() {
            return to - from;
        }

        Stretch part(int first, int end) {
            return new Stretch(context, result, wanted, first, end, length);
        }
    }

    private final class CachedContext implements Context {
        private final KeyValueCache cache = new KeyValueCache(config);
        /** Ids of the tokens, those of the step under way included. */
        private int[] held = new int[0];

        private int length;
        /** Length of the sequence that the cached keys are rotated for. */
        private int rotatedFor = 1;

        Decoder decoder() {
            return Decoder.this;
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public long bytes() {
            return cache.bytes();
        }

        @Override
        public void append(int[] tokens, float[] logits) {
            step(List.of(new Feed(this, tokens, logits)));
        }

        @Override
        public int ahead(int most) {
            int alike = 1;
            while (alike < most && rotary.alike(length + 1, length + alike + 1)) {
                alike++;
            }
            return alike;
        }

        /** Makes room for tokens and tells what has to be computed. What is held stays until {@link #keep}. */
        Stretch extend(Feed feed, int result) {
            int[] tokens = feed.tokens();
            int end = length + tokens.length;
            cache.ensure(end);
            if (held.length < end) {
                held = Arrays.copyOf(held, Math.min(config.contextLength(), Math.max(end, 2 * held.length)));
            }
            System.arraycopy(tokens, 0, held, length, tokens.length);
            if (!rotary.alike(rotatedFor, end)) {
                // Keys of a sequence of that length were rotated in another way.
                cache.length(0);
            }
            return new Stretch(this, result, feed.logits().length, cache.length(), end, end);
        }

        /** Holds on to what was appended. */
        void keep(int end) {
            cache.length(end);
            length = end;
            rotatedFor = end;
        }

        @Override
        public void truncate(int tokens) {
            Preconditions.checkPositionIndex(tokens, length);
            length = tokens;
            cache.length(Math.min(cache.length(), tokens));
        }

        @Override
        public void close() {
            cache.close();
        }
    }
}
