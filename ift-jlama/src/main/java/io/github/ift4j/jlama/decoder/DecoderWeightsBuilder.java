package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.architecture.MlpConfig;
import io.github.ift4j.jlama.architecture.NormConfig;
import io.github.ift4j.jlama.architecture.QueryKeyNorm;
import io.github.ift4j.jlama.architecture.TensorNames;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.PackedWeights;
import io.github.ift4j.jlama.kernel.StoredWeights;
import io.github.ift4j.jlama.kernel.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Loads a decoder's weights by the names and shapes that its configuration gives them. */
final class DecoderWeightsBuilder {
    private static final long ALIGNMENT = 64;

    /** What is to become of the weights. */
    private enum Use {
        /** Each gets a gradient. */
        TRAIN,
        /** They stay as they are in float32; only adapters learn. */
        FREEZE,
        /** The same, but those that are stored in fewer bits stay so. */
        FREEZE_AS_STORED,
        /** They are laid out once for products, so that generating a token reads them in one sweep. */
        SERVE
    }

    private final DecoderConfig config;
    private final TensorNames names;
    private final WeightSource source;
    private final Arena arena;
    private final Place anywhere;
    private final Use use;
    private final Gemm gemm;
    private final AdapterSource adapters;
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<DecoderWeights.Gain> gains = new ArrayList<>();
    private final Map<String, Linear> modules = new HashMap<>();
    private long allBytes;
    private long multipliedBytes;

    private DecoderWeightsBuilder(
            DecoderConfig config, WeightSource source, Arena arena, Use use, Gemm gemm, AdapterSource adapters) {
        this.config = config;
        this.source = source;
        this.arena = arena;
        anywhere = new Place(arena, arena);
        this.use = use;
        this.gemm = gemm;
        this.adapters = adapters;
        String embedding = config.names().embedding() + ".weight";
        boolean bare = !source.has(config.names().prefix() + embedding) && source.has(embedding);
        names = bare ? config.names().withPrefix("") : config.names();
    }

    /** Weights to train: over the source's memory, with a gradient each. */
    static DecoderWeights trainable(DecoderConfig config, WeightSource source, Arena arena) {
        return new DecoderWeightsBuilder(config, source, arena, Use.TRAIN, null, AdapterSource.NONE).build();
    }

    /**
     * Weights that stay as they are, with adapters that may learn. Those that are stored in fewer bits than float32 stay in their format
     * for products in float32; others would round them again, and keep what they have rounded.
     */
    static DecoderWeights frozen(
            DecoderConfig config, WeightSource source, Arena arena, Gemm gemm, AdapterSource adapters) {
        Use use = gemm.exact() == gemm ? Use.FREEZE_AS_STORED : Use.FREEZE;
        return new DecoderWeightsBuilder(config, source, arena, use, gemm, adapters).build();
    }

    /** Weights to serve: laid out for the given products. */
    static DecoderWeights packed(DecoderConfig config, WeightSource source, Arena arena, Gemm gemm) {
        return new DecoderWeightsBuilder(config, source, arena, Use.SERVE, gemm, AdapterSource.NONE).build();
    }

    private DecoderWeights build() {
        int hidden = config.hiddenSize();
        int vocabulary = config.vocabularySize();
        String embeddingName = names.prefix() + names.embedding() + ".weight";
        WeightMatrix embedding = weight(embeddingName, vocabulary, hidden, false, anywhere);
        Weight positions = config.learnedPositions()
                ? matrix(names.prefix() + names.positions() + ".weight", config.contextLength(), hidden, anywhere)
                : null;
        List<DecoderLayer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers().size(); i++) {
            layers.add(layer(i));
        }
        Norm norm = norm(names.prefix() + names.finalNorm(), hidden);
        WeightMatrix headWeight = config.tiedEmbeddings()
                ? embedding
                : weight(names.head() + ".weight", vocabulary, hidden, false, anywhere);
        multiplied(headWeight);
        return new DecoderWeights(
                embedding,
                positions,
                List.copyOf(layers),
                norm,
                Linear.of(headWeight, false, null),
                headWeight,
                List.copyOf(parameters),
                List.copyOf(gains),
                Map.copyOf(modules),
                new DecoderWeights.Memory(allBytes, multipliedBytes));
    }

    private DecoderLayer layer(int index) {
        String prefix = names.layer(index);
        int hidden = config.hiddenSize();
        AttentionConfig attention = config.attention();
        NormConfig norms = config.norm();
        Norm beforeAttention = norms.before() ? norm(prefix + names.attention().normBefore(), hidden) : null;
        StackedLinear queryKeyValue = stacked(
                index,
                names.attention().queryKeyValue(),
                new int[] {attention.queryWidth(), attention.keyWidth(), attention.keyWidth()},
                hidden,
                attention.bias());
        boolean normed = attention.norm() != QueryKeyNorm.NONE;
        boolean each = attention.norm() == QueryKeyNorm.EACH_HEAD;
        Norm queryNorm = normed
                ? norm(prefix + names.attention().queryNorm(), each ? attention.headDim() : attention.queryWidth())
                : null;
        Norm keyNorm = normed
                ? norm(prefix + names.attention().keyNorm(), each ? attention.headDim() : attention.keyWidth())
                : null;
        Linear output =
                linear(index, names.attention().output(), hidden, attention.queryWidth(), attention.outputBias());
        Norm afterAttention = norms.after() ? norm(prefix + names.attention().normAfter(), hidden) : null;
        Norm beforeMlp = norms.before() ? norm(prefix + names.mlp().normBefore(), hidden) : null;
        Mlp mlp = mlp(index);
        Norm afterMlp = norms.after() ? norm(prefix + names.mlp().normAfter(), hidden) : null;
        return new DecoderLayer(
                new Residual(beforeAttention, afterAttention, config.residualScale()),
                new SelfAttention(
                        attention.headDim(),
                        config.layers().get(index).window(),
                        queryKeyValue,
                        attention.norm(),
                        queryNorm,
                        keyNorm,
                        output),
                new Residual(beforeMlp, afterMlp, config.residualScale()),
                mlp);
    }

    private Mlp mlp(int layer) {
        int hidden = config.hiddenSize();
        int width = config.mlp().width();
        return switch (config.mlp()) {
            case MlpConfig.Gated gated -> gated(layer, "", gated);
            case MlpConfig.Plain plain ->
                new PlainMlp(
                        linear(layer, names.mlp().gateUp().getFirst(), width, hidden, plain.bias()),
                        linear(layer, names.mlp().down(), hidden, width, plain.bias()));
            case MlpConfig.Mixture mixture -> {
                Linear router = linear(layer, names.mlp().router(), mixture.experts(), hidden, false);
                List<GatedMlp> experts = new ArrayList<>();
                for (int e = 0; e < mixture.experts(); e++) {
                    experts.add(gated(layer, names.mlp().experts() + e + ".", mixture));
                }
                yield new MixtureOfExperts(mixture.chosen(), router, experts);
            }
        };
    }

    private GatedMlp gated(int layer, String prefix, MlpConfig mlp) {
        int hidden = config.hiddenSize();
        List<String> gateUp = names.mlp().gateUp().stream().map(prefix::concat).toList();
        return new GatedMlp(
                mlp.activation(),
                stacked(layer, gateUp, new int[] {mlp.width(), mlp.width()}, hidden, mlp.bias()),
                linear(layer, prefix + names.mlp().down(), hidden, mlp.width(), mlp.bias()));
    }

    /** One layer for each name; a single name is that of a fused layer. */
    private StackedLinear stacked(int layer, List<String> parts, int[] widths, int in, boolean bias) {
        int out = IntStream.of(widths).sum();
        if (parts.size() == 1) {
            Linear fused = linear(layer, parts.getFirst(), out, in, bias);
            return new StackedLinear(List.of(fused), Optional.empty(), Optional.empty());
        }
        WeightStack values = new WeightStack(arena, out, in);
        WeightStack gradients = new WeightStack(arena, out, in);
        // Adapters add what they add between the products of the parts.
        boolean together = use == Use.TRAIN && !names.transposed();
        Place place = together ? new Place(values, gradients) : anywhere;
        List<Linear> linears = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            linears.add(linear(layer, parts.get(i), widths[i], in, bias, place));
        }
        return new StackedLinear(linears, values.whole(), gradients.whole());
    }

    private Linear linear(int layer, String part, int out, int in, boolean withBias) {
        return linear(layer, part, out, in, withBias, anywhere);
    }

    private Linear linear(int layer, String part, int out, int in, boolean withBias, Place place) {
        String name = names.layer(layer) + part;
        // Adapters name a module as it is called in the whole model, even if the checkpoint was saved without that
        // prefix.
        String module = config.names().layer(layer) + part;
        boolean transposed = names.transposed();
        WeightMatrix weight = weight(name + ".weight", transposed ? in : out, transposed ? out : in, transposed, place);
        Weight bias = withBias ? vector(name + ".bias", out) : null;
        Linear linear = use == Use.SERVE ? Linear.of(weight, false, bias) : learning(module, weight, transposed, bias);
        modules.put(module, linear);
        return linear;
    }

    private Linear learning(String module, WeightMatrix weight, boolean transposed, Weight bias) {
        multiplied(weight);
        LowRank adapter = adapters.attach(module, weight, transposed);
        if (adapter != null && adapter.magnitude() != null) {
            gains.add(new DecoderWeights.Gain(adapter, weight, transposed));
        }
        return Linear.of(weight, transposed, bias).with(adapter);
    }

    /** A matrix as it is stored; in [columns, rows] if it serves and is stored transposed. */
    private WeightMatrix weight(String name, int rows, int cols, boolean transposed, Place place) {
        return switch (use) {
            case TRAIN, FREEZE -> matrix(name, rows, cols, place);
            case FREEZE_AS_STORED ->
                source.stored(name, rows, cols)
                        .filter(stored -> stored.format() != WeightFormat.FLOAT32)
                        .<WeightMatrix>map(stored -> packed(gemm.pack(stored, arena)))
                        .orElseGet(() -> matrix(name, rows, cols, place));
            case SERVE -> packed(served(name, rows, cols, transposed));
        };
    }

    private WeightMatrix packed(PackedWeights weights) {
        allBytes += weights.panels().byteSize();
        return new PackedWeight(weights);
    }

    /** A matrix laid out for products, in the format in which it is stored if possible. */
    private PackedWeights served(String name, int rows, int cols, boolean transposed) {
        Optional<StoredWeights> stored = transposed ? Optional.empty() : source.stored(name, rows, cols);
        if (stored.isPresent()) {
            return gemm.pack(stored.get(), arena);
        }
        try (Arena plain = Arena.ofShared()) {
            Matrix weight = plain(name, rows, cols, plain);
            return gemm.pack(transposed ? weight.transposed(plain) : weight, arena);
        }
    }

    private void multiplied(WeightMatrix weight) {
        if (weight instanceof Weight plain) {
            multipliedBytes += plain.value().segment().byteSize();
        }
    }

    private Matrix plain(String name, int rows, int cols, Arena owner) {
        return Matrix.of(source.load(name, List.of(rows, cols), owner), rows, cols);
    }

    private Norm norm(String name, int size) {
        NormConfig.Kind kind = config.norm().kind();
        Weight weight = vector(name + ".weight", size);
        Weight bias = kind == NormConfig.Kind.LAYER ? vector(name + ".bias", size) : null;
        return new Norm(kind, config.norm().epsilon(), weight, bias);
    }

    private Weight vector(String name, int size) {
        return weight(name, List.of(size), 1, size, anywhere);
    }

    private Weight matrix(String name, int rows, int cols, Place place) {
        return weight(name, List.of(rows, cols), rows, cols, place);
    }

    private Weight weight(String name, List<Integer> shape, int rows, int cols, Place place) {
        MemorySegment value = source.load(name, shape, place.value());
        allBytes += value.byteSize();
        Matrix matrix = Matrix.of(value, rows, cols);
        if (use != Use.TRAIN) {
            return Weight.frozen(matrix);
        }
        MemorySegment gradient = place.gradient().allocate(value.byteSize(), ALIGNMENT);
        Parameter parameter = new Parameter(name, shape, value, gradient);
        parameters.add(parameter);
        return new Weight(matrix, parameter);
    }

    /** Where a weight and its gradient are to lie. */
    private record Place(Arena value, Arena gradient) {}
}
