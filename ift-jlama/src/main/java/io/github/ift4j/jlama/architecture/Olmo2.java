package io.github.ift4j.jlama.architecture;

/** {@code olmo2}: a Llama with its norms after attention and MLP, and norms of all queries and all keys of a row. */
final class Olmo2 implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(2048, 1e-5, 10_000, false);

    @Override
    public String modelType() {
        return "olmo2";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        DecoderConfig.Builder builder = LlamaFamily.read(this, fields, DEFAULTS);
        boolean bias = fields.flag("attention_bias", false);
        return builder.attention(builder.attention().withBias(bias, bias).withNorm(QueryKeyNorm.WHOLE_ROW))
                .norm(new NormConfig(NormConfig.Kind.RMS, LlamaFamily.epsilon(fields, DEFAULTS), false, true))
                .names(TensorNames.llama(
                        TensorNames.Attention.named("", "post_attention_layernorm"),
                        TensorNames.Mlp.named("", "post_feedforward_layernorm")))
                .build();
    }
}
