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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Loads a decoder's weights by the names and shapes that its configuration gives them. */
final class DecoderWeightsBuilder {
    private static final long ALIGNMENT = 64;

    /** What is to become of the weights. */
    private enum Use {
        /** Each gets a gradient. */
        TRAIN,
        /** They stay as they are; only adapters learn. */
        FREEZE,
        /** They are laid out once for products, so that generating a token reads them in one sweep. */
        PACK
    }

    private final DecoderConfig config;
    private final TensorNames names;
    private final WeightSource source;
    private final Arena arena;
    private final Use use;
    private final Gemm gemm;
    private final AdapterSource adapters;
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<DecoderWeights.Gain> gains = new ArrayList<>();
    private final Map<String, Linear> modules = new HashMap<>();

    private DecoderWeightsBuilder(
            DecoderConfig config, WeightSource source, Arena arena, Use use, Gemm gemm, AdapterSource adapters) {
        this.config = config;
        this.source = source;
        this.arena = arena;
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

    /** Weights that stay as they are, with adapters that may learn. */
    static DecoderWeights frozen(DecoderConfig config, WeightSource source, Arena arena, AdapterSource adapters) {
        return new DecoderWeightsBuilder(config, source, arena, Use.FREEZE, null, adapters).build();
    }

    /** Weights to serve: laid out for the given products. */
    static DecoderWeights packed(DecoderConfig config, WeightSource source, Arena arena, Gemm gemm) {
        return new DecoderWeightsBuilder(config, source, arena, Use.PACK, gemm, AdapterSource.NONE).build();
    }

    private DecoderWeights build() {
        int hidden = config.hiddenSize();
        int vocabulary = config.vocabularySize();
        String embeddingName = names.prefix() + names.embedding() + ".weight";
        boolean pack = use == Use.PACK;
        Weight embedding = pack ? null : matrix(embeddingName, vocabulary, hidden);
        PackedWeights packedEmbedding = pack ? packed(embeddingName, vocabulary, hidden, false) : null;
        Weight positions = config.learnedPositions()
                ? matrix(names.prefix() + names.positions() + ".weight", config.contextLength(), hidden)
                : null;
        List<DecoderLayer> layers = new ArrayList<>();
        for (int i = 0; i < config.layers().size(); i++) {
            layers.add(layer(i));
        }
        Norm norm = norm(names.prefix() + names.finalNorm(), hidden);
        Weight headWeight = null;
        Linear head;
        if (pack) {
            head = Linear.packed(
                    config.tiedEmbeddings()
                            ? packedEmbedding
                            : packed(names.head() + ".weight", vocabulary, hidden, false),
                    null);
        } else {
            headWeight = config.tiedEmbeddings() ? embedding : matrix(names.head() + ".weight", vocabulary, hidden);
            head = Linear.plain(headWeight, false, null);
        }
        return new DecoderWeights(
                embedding,
                packedEmbedding,
                positions,
                List.copyOf(layers),
                norm,
                head,
                headWeight,
                List.copyOf(parameters),
                List.copyOf(gains),
                Map.copyOf(modules));
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
        List<Linear> linears = new ArrayList<>();
        if (parts.size() == 1) {
            int width = 0;
            for (int part : widths) {
                width += part;
            }
            linears.add(linear(layer, parts.getFirst(), width, in, bias));
        } else {
            for (int i = 0; i < widths.length; i++) {
                linears.add(linear(layer, parts.get(i), widths[i], in, bias));
            }
        }
        return new StackedLinear(linears);
    }

    private Linear linear(int layer, String part, int out, int in, boolean withBias) {
        String name = names.layer(layer) + part;
        // Adapters name a module as it is called in the whole model, even if the checkpoint was saved without that
        // prefix.
        String module = config.names().layer(layer) + part;
        Linear linear = use == Use.PACK
                ? Linear.packed(packed(name + ".weight", out, in, names.transposed()), bias(name, out, withBias))
                : adapted(name, module, out, in, withBias);
        modules.put(module, linear);
        return linear;
    }

    private Linear adapted(String name, String module, int out, int in, boolean withBias) {
        boolean transposed = names.transposed();
        Weight weight = matrix(name + ".weight", transposed ? in : out, transposed ? out : in);
        Weight bias = bias(name, out, withBias);
        LowRank adapter = adapters.attach(module, BaseLayer.of(weight.value(), transposed));
        if (adapter != null && adapter.magnitude() != null) {
            gains.add(new DecoderWeights.Gain(adapter, weight.value(), transposed));
        }
        return Linear.plain(weight, transposed, bias).with(adapter);
    }

    private Weight bias(String name, int out, boolean withBias) {
        return withBias ? vector(name + ".bias", out) : null;
    }

    /** A matrix [out, in], stored transposed or not, laid out for products in the format in which it is stored if possible. */
    private PackedWeights packed(String name, int out, int in, boolean transposed) {
        Optional<StoredWeights> stored = transposed ? Optional.empty() : source.stored(name, out, in);
        if (stored.isPresent()) {
            return gemm.pack(stored.get(), arena);
        }
        try (Arena plain = Arena.ofShared()) {
            Matrix weight = transposed ? plain(name, in, out, plain).transposed(plain) : plain(name, out, in, plain);
            return gemm.pack(weight, arena);
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
        return weight(name, List.of(size), 1, size);
    }

    private Weight matrix(String name, int rows, int cols) {
        return weight(name, List.of(rows, cols), rows, cols);
    }

    private Weight weight(String name, List<Integer> shape, int rows, int cols) {
        MemorySegment value = source.load(name, shape, arena);
        Matrix matrix = Matrix.of(value, rows, cols);
        if (use != Use.TRAIN) {
            return Weight.frozen(matrix);
        }
        MemorySegment gradient = arena.allocate(value.byteSize(), ALIGNMENT);
        Parameter parameter = new Parameter(name, shape, value, gradient);
        parameters.add(parameter);
        return new Weight(matrix, parameter);
    }
}
