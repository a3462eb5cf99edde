package io.github.ift4j.jlama.architecture;

import java.util.List;
import java.util.Optional;

/**
 * {@code gemma3_text}: Gemma 2 without caps, with norms of query and key heads, and two kinds of layers: local ones with a window and
 * a rope of their own, and, one in six unless said, global ones.
 */
final class Gemma3 implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(131_072, 1e-6, 1_000_000, true);
    private static final double LOCAL_THETA = 10_000;
    private static final int WINDOW = 4096;
    private static final int PATTERN = 6;

    @Override
    public String modelType() {
        return "gemma3_text";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        fields.require("use_bidirectional_attention", false);
        ConfigFields parameters = fields.object("rope_parameters");
        boolean nested = parameters != null && parameters.has("full_attention");
        // The newer form of the file has the parameters of each kind of layer under its name.
        ConfigFields global = nested ? fields.with("rope_parameters", parameters.object("full_attention")) : fields;
        DecoderConfig.Builder builder = Gemma.readSandwich(this, global, DEFAULTS);
        int layers = LlamaFamily.layers(fields, "num_hidden_layers");
        int pattern = fields.positive("sliding_window_pattern", PATTERN);
        List<Boolean> windowed = LlamaFamily.windowed(fields, layers, layer -> (layer + 1) % pattern != 0);
        int window = fields.positive("sliding_window", WINDOW);
        RopeConfig globalRope = builder.rope();
        RopeConfig localRope = localRope(fields, nested ? parameters.object("sliding_attention") : null, builder);
        AttentionConfig attention = builder.attention();
        // HuggingFace has the key attn_logit_softcapping here too, and no cap.
        return builder.attention(attention.withScores(attention.scale(), 0).withNorm(QueryKeyNorm.EACH_HEAD))
                .layers(windowed.stream()
                        .map(local ->
                                local ? new LayerConfig(window, Optional.of(localRope)) : LayerConfig.full(globalRope))
                        .toList())
                .build();
    }

    private static RopeConfig localRope(ConfigFields fields, ConfigFields own, DecoderConfig.Builder builder) {
        int headDim = builder.attention().headDim();
        if (own == null) {
            return RopeConfig.of(fields.positiveNumber("rope_local_base_freq", LOCAL_THETA), headDim);
        }
        return RopeConfig.read(
                fields.without("rope_theta").with("rope_parameters", own),
                headDim,
                LOCAL_THETA,
                builder.contextLength());
    }
}
