package io.github.ift4j.jlama.architecture;

/** {@code phi3}: Phi-3, 3.5 and Phi-4 mini; fused projections, a window, rotation of a part of each head, longrope. */
final class Phi3 implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(4096, 1e-5, 10_000, false);

    private static final int ORIGINAL_CONTEXT = 4096;

    @Override
    public String modelType() {
        return "phi3";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        return LlamaFamily.read(this, fields.orElse("original_max_position_embeddings", ORIGINAL_CONTEXT), DEFAULTS)
                .window(LlamaFamily.window(fields))
                .names(TensorNames.llama(
                        TensorNames.Attention.fused("input_layernorm", "self_attn.qkv_proj", "self_attn.o_proj"),
                        TensorNames.Mlp.fused("post_attention_layernorm", "mlp.gate_up_proj", "mlp.down_proj")))
                .build();
    }
}
