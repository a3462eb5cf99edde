package io.github.ift4j.jlama.architecture;

import io.github.ift4j.jlama.checkpoint.CheckpointException;

/** The non-linear function of an MLP. */
public enum Activation {
    /** x / (1 + e^-x), HuggingFace's {@code silu} and {@code swish}. */
    SILU,
    /** The tanh approximation of GELU, HuggingFace's {@code gelu_new}, {@code gelu_pytorch_tanh} and {@code gelu_fast}. */
    GELU_TANH;

    /**
     * The function that HuggingFace calls so.
     *
     * @param key the key of config.json, for the message
     * @throws CheckpointException when it is none of these
     */
    static Activation named(ConfigFields fields, String key, String fallback) {
        String name = fields.text(key, fallback);
        return switch (name) {
            case "silu", "swish" -> SILU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> GELU_TANH;
            default ->
                throw fields.error(
                        key, "'" + name + "' is not supported; supported: silu, gelu_new, gelu_pytorch_tanh");
        };
    }
}
