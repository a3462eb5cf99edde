package io.github.ift4j.jlama.architecture;

/** {@code llama}: Llama 1 to 3.2, TinyLlama, SmolLM and SmolLM2, Vicuna and others of that shape. */
final class Llama implements Architecture {
    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        DecoderConfig.Builder builder = LlamaFamily.read(this, fields, LlamaFamily.Defaults.LLAMA);
        boolean bias = fields.flag("attention_bias", false);
        return builder.attention(builder.attention().withBias(bias, bias))
                .mlp(LlamaFamily.gated(
                        fields, Activation.named(fields, "hidden_act", "silu"), fields.flag("mlp_bias", false)))
                .build();
    }
}
