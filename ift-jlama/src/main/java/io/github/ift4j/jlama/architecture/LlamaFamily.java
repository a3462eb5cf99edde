package io.github.ift4j.jlama.architecture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;

/** Reads what the descendants of Llama call by the same keys. */
final class LlamaFamily {
    /** Most layers a configuration may ask for, so that a damaged file does not fill the memory. */
    private static final int MAX_LAYERS = 10_000;

    private LlamaFamily() {}

    /** What HuggingFace's configuration class assumes where a key is missing. */
    record Defaults(int contextLength, double normEpsilon, double ropeTheta, boolean tiedEmbeddings) {
        static final Defaults LLAMA = new Defaults(2048, 1e-6, 10_000, false);
    }

    /** A decoder like Llama: silu unless said, no biases, no windows. */
    static DecoderConfig.Builder read(Architecture architecture, ConfigFields fields, Defaults defaults) {
        int hidden = fields.positive("hidden_size");
        int heads = fields.positive("num_attention_heads");
        int headDim = fields.has("head_dim") ? fields.positive("head_dim") : hidden / heads;
        fields.check(headDim >= 1, "hidden_size", hidden + " gives " + heads + " heads no width");
        int positions = fields.positive("max_position_embeddings", defaults.contextLength());
        RopeConfig rope = RopeConfig.read(fields, headDim, defaults.ropeTheta(), positions);
        return new DecoderConfig.Builder()
                .modelType(architecture.modelType())
                .vocabularySize(fields.positive("vocab_size"))
                .hiddenSize(hidden)
                .contextLength(rope.scaling().contextLength(positions))
                .attention(AttentionConfig.of(heads, fields.positive("num_key_value_heads", heads), headDim))
                .mlp(gated(fields, Activation.named(fields, "hidden_act", "silu"), false))
                .norm(NormConfig.before(NormConfig.Kind.RMS, epsilon(fields, defaults)))
                .layers(Collections.nCopies(layers(fields, "num_hidden_layers"), LayerConfig.full(rope)))
                .tiedEmbeddings(fields.flag("tie_word_embeddings", defaults.tiedEmbeddings()));
    }

    static MlpConfig gated(ConfigFields fields, Activation activation, boolean bias) {
        return new MlpConfig.Gated(fields.positive("intermediate_size"), activation, bias);
    }

    static float epsilon(ConfigFields fields, Defaults defaults) {
        return (float) fields.positiveNumber("rms_norm_eps", defaults.normEpsilon());
    }

    /** Number of layers. */
    static int layers(ConfigFields fields, String key) {
        int layers = fields.positive(key);
        fields.check(layers <= MAX_LAYERS, key, "must be at most " + MAX_LAYERS + ", is " + layers);
        return layers;
    }

    /** The window of {@code sliding_window}; none where it is missing. */
    static int window(ConfigFields fields) {
        return fields.positive("sliding_window", LayerConfig.ALL);
    }

    /** Whether a layer has a window, by {@code layer_types} or, where the file has none, by the architecture's rule. */
    static List<Boolean> windowed(ConfigFields fields, int layers, IntPredicate rule) {
        List<String> types = fields.texts("layer_types");
        fields.check(
                types == null || types.size() == layers,
                "layer_types",
                "must have an entry for each of the " + layers + " layers");
        List<Boolean> windowed = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            windowed.add(types == null ? rule.test(i) : isSliding(fields, types.get(i)));
        }
        return windowed;
    }

    private static boolean isSliding(ConfigFields fields, String type) {
        return switch (type) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default ->
                throw fields.error(
                        "layer_types", "'" + type + "' is not supported; supported: full_attention, sliding_attention");
        };
    }
}
