package io.github.ift4j.jlama.decoder;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/**
 * A decoder that serves: the layers of {@link DecoderPolicy} over a cache of keys and values. Fed the same tokens it gives the logits of
 * the training pass, bit for bit, however they are divided into calls and whatever other contexts are fed in the same step: the rows
 * of a step share the products with the weights, and each attends to its own context.
 *
 * <p>Contexts may be used by different threads; steps take turns.
 */
public final class Decoder implements HiddenStateModel, AutoCloseable {
    /** Most tokens that go through the layers at a time. */
    private static final int CHUNK = 256;

    private final DecoderConfig config;
    private final DecoderWeights weights;
    private final LayerAdapters applied;
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

    private Decoder(Model model, Compute compute, boolean live, Runnable release) {
        this.config = model.config();
        this.weights = model.weights();
        this.applied = model.applied();
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
                DecoderWeights weights = DecoderWeightsBuilder.packed(config, new CheckpointSource(files), arena, gemm);
                LayerAdapters applied = adapter.map(folder -> LayerAdapters.load(
                                folder, weights.modules(), arena, workers, gemm, new ReentrantLock()))
                        .orElse(LayerAdapters.NONE);
                return new Model(config, weights, applied);
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
                        DecoderWeightsBuilder.packed(config, source.source(config), arena, gemm),
                        LayerAdapters.NONE));
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
            return new Decoder(model, Compute.on(workers, gemm, scratch), false, release);
        } catch (RuntimeException | Error e) {
            release.run();
            throw e;
        }
    }

    /** @param applied the adapters of contexts that do not say otherwise */
    private record Model(DecoderConfig config, DecoderWeights weights, LayerAdapters applied) {}

    /** A decoder over weights that somebody else owns and may change between calls. */
    static Decoder over(DecoderConfig config, DecoderWeights weights, Compute compute) {
        return new Decoder(new Model(config, weights, LayerAdapters.NONE), compute, true, () -> {});
    }

    /**
     * This decoder's weights with another adapter, or with one where it was loaded without. Both, and any number of others, serve side by
     * side.
     *
     * @param folder of a PEFT adapter of the model
     * @return shares everything but the adapter with this decoder; to be closed before it
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when the folder cannot be used or belongs to another model; the
     *     message says why
     * @throws IllegalStateException when somebody else owns the weights and may change them
     */
    public AdaptedDecoder adapted(Path folder) {
        Preconditions.checkState(!live, "a model in training cannot take adapters; save it and load it for serving");
        Arena arena = new HugePageArena();
        try {
            LayerAdapters adapters =
                    LayerAdapters.load(folder, weights.modules(), arena, compute.workers(), compute.gemm(), turn);
            return new AdaptedDecoder(this, adapters, arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
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
        return newContext(applied);
    }

    Context newContext(LayerAdapters adapters) {
        return new CachedContext(adapters);
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
    public int hiddenSize() {
        return config.hiddenSize();
    }

    @Override
    public void step(List<Feed> feeds) {
        feeds.forEach(this::checkLogits);
        run(feeds, this::predict);
    }

    @Override
    public void hiddenStates(List<Feed> feeds) {
        feeds.forEach(feed -> check(feed, config.hiddenSize()));
        run(feeds, (last, results) -> copy(norm(last), results));
    }

    /** @param finish makes of the last layer's output, a row for each result, what the results are to hold */
    private void run(List<Feed> feeds, BiConsumer<Matrix, List<float[]>> finish) {
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
            for (Feed feed : byAdapter(feeds)) {
                stretches.add(((CachedContext) feed.context()).extend(feed, results.size()));
                results.addAll(List.of(feed.logits()));
            }
            rotary.prepare(stretches.stream().mapToInt(Stretch::length).toArray());
            Matrix last = this.last.matrix(results.size(), config.hiddenSize());
            passes(stretches).forEach(pass -> run(pass, last));
            finish.accept(last, results);
            stretches.forEach(stretch -> stretch.context().keep(stretch.length()));
        } finally {
            turn.unlock();
        }
    }

    /** Those of the same adapters one after the other. */
    private static List<Feed> byAdapter(List<Feed> feeds) {
        Map<LayerAdapters, List<Feed>> groups = new IdentityHashMap<>();
        for (Feed feed : feeds) {
            LayerAdapters adapters = ((CachedContext) feed.context()).adapters;
            groups.computeIfAbsent(adapters, _ -> new ArrayList<>()).add(feed);
        }
        return groups.values().stream().flatMap(List::stream).toList();
    }

    private void checkLogits(Feed feed) {
        check(feed, config.vocabularySize());
        int end = feed.context().length() + feed.tokens().length;
        int rows = feed.logits().length;
        Preconditions.checkArgument(
                rotary.alike(end - rows + 1, end),
                "the logits of %s tokens of a sequence cannot be told from its %s tokens, which are rotated in another"
                        + " way",
                rows,
                end);
    }

    private void check(Feed feed, int width) {
        Preconditions.checkArgument(
                feed.context() instanceof CachedContext context && context.decoder() == this,
                "the context belongs to another model");
        for (float[] row : feed.logits()) {
            Preconditions.checkArgument(
                    row.length == width, "each row of the result needs room for %s numbers, has %s", width, row.length);
        }
        int end = feed.context().length() + feed.tokens().length;
        Preconditions.checkArgument(
                end <= config.contextLength(),
                "%s tokens do not fit into the model's context of %s",
                end,
                config.contextLength());
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
        Compute compute = this.compute.with(adapterRows(pass));
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

    private static AdapterRows adapterRows(List<Stretch> pass) {
        List<AdapterRows.Run> runs = new ArrayList<>();
        int row = 0;
        for (Stretch stretch : pass) {
            LayerAdapters adapters = stretch.context().adapters;
            int from = row;
            row += stretch.rows();
            if (!runs.isEmpty() && runs.getLast().adapters() == adapters) {
                from = runs.removeLast().from();
            }
            runs.add(new AdapterRows.Run(adapters, from, row));
        }
        return new AdapterRows(runs);
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

    private Matrix norm(Matrix last) {
        Matrix normed = this.normed.matrix(last.rows(), config.hiddenSize());
        int perRow = Norm.statistics(config.norm().kind());
        weights.norm().forward(compute, last, normed, statistics.matrix(last.rows(), perRow));
        return normed;
    }

    private void predict(Matrix last, List<float[]> results) {
        Matrix normed = norm(last);
        Matrix logits = this.logits.matrix(results.size(), config.vocabularySize());
        if (config.logitScale() != 1) {
            Rows.scale(compute.workers(), normed, config.logitScale());
        }
        weights.head().forward(compute, normed, logits, false);
        if (config.logitSoftCap() > 0) {
            SoftCap.forward(compute.workers(), logits, config.logitSoftCap());
        }
        copy(logits, results);
    }

    private static void copy(Matrix rows, List<float[]> results) {
        for (int i = 0; i < results.size(); i++) {
            float[] result = results.get(i);
            MemorySegment.copy(rows.segment(), ValueLayout.JAVA_FLOAT, rows.rowByte(i), result, 0, result.length);
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
        private final LayerAdapters adapters;
        private final KeyValueCache cache = new KeyValueCache(config);
        /** Ids of the tokens, those of the step under way included. */
        private int[] held = new int[0];

        private int length;
        /** Length of the sequence that the cached keys are rotated for. */
        private int rotatedFor = 1;

        CachedContext(LayerAdapters adapters) {
            this.adapters = adapters;
        }

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
