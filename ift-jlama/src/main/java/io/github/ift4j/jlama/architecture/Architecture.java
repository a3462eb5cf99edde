package io.github.ift4j.jlama.architecture;

/**
 * One of HuggingFace's architectures: how its {@code config.json} and its tensors map to a {@link DecoderConfig}.
 *
 * <p>To add one: write a class like {@link Qwen3}, most of them start from {@link LlamaFamily}; list it in {@link
 * Architectures}; if it computes something new, give {@link DecoderConfig} a part for it and the decoder a kernel with a
 * backward pass; describe it in the reference decoder of the tests.
 */
interface Architecture {
    /** HuggingFace's {@code model_type}. */
    String modelType();

    /**
     * Reads {@code config.json}.
     *
     * @throws io.github.ift4j.jlama.checkpoint.CheckpointException when a key is missing or out of range
     */
    DecoderConfig describe(ConfigFields fields);
}
