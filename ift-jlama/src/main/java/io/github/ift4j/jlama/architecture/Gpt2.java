package io.github.ift4j.jlama.architecture;

import java.util.Collections;
import java.util.Optional;

/** {@code gpt2}: learned positions, layer norms, a plain MLP with GELU, fused and transposed projections, all with biases. */
final class Gpt2 implements Architecture {
    private static final int WIDENING = 4;

    private static final TensorNames NAMES = new TensorNames(
            "transformer.",
            "wte",
            "wpe",
            "h.",
            TensorNames.Attention.fused("ln_1", "attn.c_attn", "attn.c_proj"),
            TensorNames.Mlp.fused("ln_2", "mlp.c_fc", "mlp.c_proj"),
            "ln_f",
            "lm_head",
            true);

    @Override
    public String modelType() {
        return "gpt2";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        fields.require("scale_attn_by_inverse_layer_idx", false);
        fields.require("reorder_and_upcast_attn", false);
        fields.require("add_cross_attention", false);
        int hidden = fields.positive("n_embd", 768);
        int heads = fields.positive("n_head", 12);
        fields.check(hidden % heads == 0, "n_embd", hidden + " is not a multiple of n_head " + heads);
        int headDim = hidden / heads;
        float scale = fields.flag("scale_attn_weights", true) ? (float) (1 / Math.sqrt(headDim)) : 1;
        int width = fields.positive("n_inner", Math.clamp((long) WIDENING * hidden, 1, Integer.MAX_VALUE));
        int layers = fields.has("n_layer") ? LlamaFamily.layers(fields, "n_layer") : 12;
        return new DecoderConfig.Builder()
                .modelType(modelType())
                .vocabularySize(fields.positive("vocab_size", 50_257))
                .hiddenSize(hidden)
                .contextLength(fields.positive("n_positions", 1024))
                .attention(new AttentionConfig(heads, heads, headDim, scale, 0, QueryKeyNorm.NONE, true, true))
                .mlp(new MlpConfig.Plain(width, Activation.named(fields, "activation_function", "gelu_new"), true))
                .norm(NormConfig.before(NormConfig.Kind.LAYER, (float) fields.number("layer_norm_epsilon", 1e-5)))
                .layers(Collections.nCopies(layers, new LayerConfig(LayerConfig.ALL, Optional.empty())))
                .learnedPositions(true)
                .tiedEmbeddings(fields.flag("tie_word_embeddings", true))
                .names(NAMES)
                .build();
    }
}
