package io.github.ift4j.jlama.architecture;

/** {@code qwen3}: Qwen 2 without biases, with a norm of each query and key head. */
final class Qwen3 implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(32_768, 1e-6, 10_000, false);
    private static final int HEAD_DIM = 128;

    @Override
    public String modelType() {
        return "qwen3";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        DecoderConfig.Builder builder = LlamaFamily.read(this, fields.orElse("head_dim", HEAD_DIM), DEFAULTS);
        boolean bias = fields.flag("attention_bias", false);
        return builder.attention(builder.attention().withBias(bias, bias).withNorm(QueryKeyNorm.EACH_HEAD))
                .windows(LlamaFamily.window(fields), Qwen2.upperLayers(fields))
                .build();
    }
}
