package io.github.ift4j.jlama.architecture;

/** {@code granite}: a Llama with multipliers on embeddings, attention scores, residual branches and logits. */
final class Granite implements Architecture {
    @Override
    public String modelType() {
        return "granite";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        DecoderConfig.Builder builder = LlamaFamily.read(this, fields, LlamaFamily.Defaults.LLAMA);
        boolean bias = fields.flag("attention_bias", false);
        float scale = (float) fields.positiveNumber("attention_multiplier", 1);
        return builder.attention(builder.attention().withBias(bias, bias).withScores(scale, 0))
                .mlp(LlamaFamily.gated(
                        fields, Activation.named(fields, "hidden_act", "silu"), fields.flag("mlp_bias", false)))
                .embeddingScale(fields.positiveNumber("embedding_multiplier", 1))
                .residualScale(fields.positiveNumber("residual_multiplier", 1))
                .logitScale(1 / fields.positiveNumber("logits_scaling", 1))
                .build();
    }
}
