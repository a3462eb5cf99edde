package io.github.ift4j.jlama.architecture;

/** {@code gemma}: norms of weight 1 + w, GELU, scaled embeddings. */
final class Gemma implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(8192, 1e-6, 10_000, true);
    private static final int HEAD_DIM = 256;

    @Override
    public String modelType() {
        return "gemma";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        return read(this, fields, DEFAULTS).build();
    }

    /** What the three Gemmas have in common. */
    static DecoderConfig.Builder read(Architecture architecture, ConfigFields fields, LlamaFamily.Defaults defaults) {
        DecoderConfig.Builder builder = LlamaFamily.read(
                architecture, fields.orElse("head_dim", HEAD_DIM).without("hidden_act"), defaults);
        boolean bias = fields.flag("attention_bias", false);
        float epsilon = LlamaFamily.epsilon(fields, defaults);
        return builder.attention(builder.attention().withBias(bias, bias))
                // HuggingFace ignores the older key hidden_act, which says "gelu" where the tanh approximation was
                // meant.
                .mlp(LlamaFamily.gated(
                        fields, Activation.named(fields, "hidden_activation", "gelu_pytorch_tanh"), false))
                .norm(NormConfig.before(NormConfig.Kind.RMS_PLUS_ONE, epsilon))
                .embeddingScale(Math.sqrt(fields.positive("hidden_size")));
    }

    /** Norms before and after attention and MLP, a scale of its own for the scores, and caps: Gemma 2 and 3. */
    static DecoderConfig.Builder readSandwich(
            Architecture architecture, ConfigFields fields, LlamaFamily.Defaults defaults) {
        DecoderConfig.Builder builder = read(architecture, fields, defaults);
        double scalar = fields.positiveNumber("query_pre_attn_scalar", 256);
        float cap =
                fields.has("attn_logit_softcapping") ? (float) fields.positiveNumber("attn_logit_softcapping", 0) : 0;
        NormConfig norm =
                new NormConfig(NormConfig.Kind.RMS_PLUS_ONE, LlamaFamily.epsilon(fields, defaults), true, true);
        return builder.attention(builder.attention().withScores((float) (1 / Math.sqrt(scalar)), cap))
                .norm(norm)
                .logitSoftCap(
                        fields.has("final_logit_softcapping") ? fields.positiveNumber("final_logit_softcapping", 0) : 0)
                .names(TensorNames.llama(
                        TensorNames.Attention.named("input_layernorm", "post_attention_layernorm"),
                        TensorNames.Mlp.named("pre_feedforward_layernorm", "post_feedforward_layernorm")));
    }
}
