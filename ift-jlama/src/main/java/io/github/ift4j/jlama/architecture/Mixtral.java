package io.github.ift4j.jlama.architecture;

import io.github.ift4j.jlama.architecture.MlpConfig.Mixture;
import java.util.List;

/** {@code mixtral}: Mistral with a mixture of experts in place of the MLP. */
final class Mixtral implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(4096 * 32, 1e-5, 1_000_000, false);

    @Override
    public String modelType() {
        return "mixtral";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        int experts = fields.positive("num_local_experts", 8);
        fields.check(experts <= 4096, "num_local_experts", "must be at most 4096, is " + experts);
        return LlamaFamily.read(this, fields, DEFAULTS)
                .mlp(new Mixture(
                        fields.positive("intermediate_size"),
                        Activation.named(fields, "hidden_act", "silu"),
                        experts,
                        fields.positive("num_experts_per_tok", 2)))
                .window(LlamaFamily.window(fields))
                .names(TensorNames.llama(
                        TensorNames.Attention.LLAMA,
                        new TensorNames.Mlp(
                                "post_attention_layernorm",
                                "block_sparse_moe.gate",
                                "block_sparse_moe.experts.",
                                List.of("w1", "w3"),
                                "w2",
                                "")))
                .build();
    }
}
