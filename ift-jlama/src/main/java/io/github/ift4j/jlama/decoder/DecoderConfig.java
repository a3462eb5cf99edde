package io.github.ift4j.jlama.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.util.Set;

/**
 * The shape of a decoder, as {@code config.json} states it.
 *
 * @param vocabularySize rows of the embedding
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the MLP
 * @param layers number of decoder layers
 * @param heads query heads of each layer
 * @param kvHeads key-value heads of each layer
 * @param headDim width of a head
 * @param contextLength most positions a sequence may have
 * @param normEpsilon epsilon of the RMS norms
 * @param ropeTheta base of the rotary frequencies
 * @param ropeScaling change of the rotary frequencies
 * @param attentionBias whether q, k, v and o have a bias
 * @param mlpBias whether gate, up and down have a bias
 * @param tiedEmbeddings whether the output head is the embedding
 */
public record DecoderConfig(
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int contextLength,
        float normEpsilon,
        double ropeTheta,
        RopeScaling ropeScaling,
        boolean attentionBias,
        boolean mlpBias,
        boolean tiedEmbeddings) {
    private static final Set<String> SUPPORTED = Set.of("llama");
    private static final int DEFAULT_CONTEXT = 2048;

    /** @throws CheckpointException when the sizes do not fit together */
    public DecoderConfig {
        require(
                heads % kvHeads == 0,
                "num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + kvHeads);
        require(headDim >= 1, "hidden_size " + hiddenSize + " gives " + heads + " heads no width");
        require(headDim % 2 == 0, "head_dim " + headDim + " is odd, so it cannot be rotated");
        require(
                (long) heads * headDim <= Integer.MAX_VALUE,
                heads + " heads of width " + headDim + " are wider than a matrix can be");
        require(normEpsilon > 0 && Float.isFinite(normEpsilon), "rms_norm_eps must be positive, is " + normEpsilon);
        require(ropeTheta > 0 && Double.isFinite(ropeTheta), "rope_theta must be positive, is " + ropeTheta);
    }

    /**
     * Reads {@code config.json}.
     *
     * @param config its content
     * @param origin its path, for messages
     * @throws CheckpointException when the architecture is not supported, or a key is missing or out of range
     */
    public static DecoderConfig of(JsonNode config, String origin) {
        Fields fields = new Fields(config, origin);
        String type = fields.text("model_type", "");
        if (!SUPPORTED.contains(type)) {
            throw new CheckpointException(origin + ": model_type '" + type
                    + "' is not supported; supported architectures: " + String.join(", ", SUPPORTED));
        }
        String activation = fields.text("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw new CheckpointException(
                    origin + ": hidden_act '" + activation + "' is not supported for llama; it must be 'silu'");
        }
        int hidden = fields.positive("hidden_size");
        int heads = fields.positive("num_attention_heads");
        int contextLength = fields.positive("max_position_embeddings", DEFAULT_CONTEXT);
        try {
            return new DecoderConfig(
                    fields.positive("vocab_size"),
                    hidden,
                    fields.positive("intermediate_size"),
                    fields.positive("num_hidden_layers"),
                    heads,
                    fields.positive("num_key_value_heads", heads),
                    fields.positive("head_dim", hidden / heads),
                    contextLength,
                    (float) fields.number("rms_norm_eps", 1e-6),
                    ropeTheta(fields),
                    ropeScaling(fields, contextLength),
                    fields.flag("attention_bias", false),
                    fields.flag("mlp_bias", false),
                    fields.flag("tie_word_embeddings", false));
        } catch (CheckpointException e) {
            throw e.getMessage().startsWith(origin) ? e : new CheckpointException(origin + ": " + e.getMessage(), e);
        }
    }

    /** Width of all query heads together. */
    public int queryWidth() {
        return heads * headDim;
    }

    /** Width of all key heads together. */
    public int keyWidth() {
        return kvHeads * headDim;
    }

    private static double ropeTheta(Fields fields) {
        double outer = fields.number("rope_theta", 10_000);
        Fields inner = fields.object("rope_parameters");
        return inner == null ? outer : inner.number("rope_theta", outer);
    }

    private static RopeScaling ropeScaling(Fields fields, int contextLength) {
        Fields scaling = fields.object("rope_scaling");
        if (scaling == null) {
            scaling = fields.object("rope_parameters");
        }
        if (scaling == null) {
            return new RopeScaling.None();
        }
        String type = scaling.text("rope_type", scaling.text("type", "default"));
        return switch (type) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(scaling.atLeastOne("factor"));
            case "llama3" -> {
                double low = scaling.atLeastOne("low_freq_factor");
                double high = scaling.atLeastOne("high_freq_factor");
                scaling.check(high > low, "high_freq_factor", "must be greater than low_freq_factor " + low);
                int original = scaling.positive("original_max_position_embeddings", contextLength);
                yield new RopeScaling.Llama3(scaling.atLeastOne("factor"), low, high, original);
            }
            default ->
                throw new CheckpointException(fields.origin() + ": rope scaling '" + type
                        + "' is not supported; supported: default, linear, llama3");
        };
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new CheckpointException(message);
        }
    }

    /** Checked access to an object of config.json. */
    private record Fields(JsonNode node, String origin) {
        Fields object(String name) {
            JsonNode child = node.path(name);
            if (child.isMissingNode() || child.isNull()) {
                return null;
            }
            check(child.isObject(), name, "must be an object");
            return new Fields(child, origin);
        }

        String text(String name, String fallback) {
            JsonNode value = node.path(name);
            if (value.isMissingNode() || value.isNull()) {
                return fallback;
            }
            check(value.isTextual(), name, "must be a string");
            return value.textValue();
        }

        boolean flag(String name, boolean fallback) {
            JsonNode value = node.path(name);
            if (value.isMissingNode() || value.isNull()) {
                return fallback;
            }
            check(value.isBoolean(), name, "must be true or false");
            return value.booleanValue();
        }

        double number(String name, double fallback) {
            JsonNode value = node.path(name);
            if (value.isMissingNode() || value.isNull()) {
                return fallback;
            }
            check(value.isNumber(), name, "must be a number");
            return value.doubleValue();
        }

        double atLeastOne(String name) {
            check(node.path(name).isNumber(), name, "is missing");
            double value = node.path(name).doubleValue();
            check(value >= 1 && Double.isFinite(value), name, "must be at least 1, is " + value);
            return value;
        }

        int positive(String name, int fallback) {
            JsonNode value = node.path(name);
            return value.isMissingNode() || value.isNull() ? fallback : positive(name);
        }

        int positive(String name) {
            JsonNode value = node.path(name);
            check(!value.isMissingNode() && !value.isNull(), name, "is missing");
            check(
                    value.canConvertToInt() && value.isIntegralNumber() && value.intValue() > 0,
                    name,
                    "must be a whole number of at least 1, is " + value);
            return value.intValue();
        }

        void check(boolean condition, String name, String problem) {
            if (!condition) {
                throw new CheckpointException(origin + ": " + name + " " + problem);
            }
        }
    }
}
