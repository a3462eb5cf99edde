package io.github.ift4j.jlama.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code smollm3}: a Llama of whose layers every fourth, unless said, rotates nothing. */
final class SmolLm3 implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(32_768, 1e-6, 2_000_000, true);
    private static final int INTERVAL = 4;

    @Override
    public String modelType() {
        return "smollm3";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        DecoderConfig.Builder builder = LlamaFamily.read(this, fields, DEFAULTS);
        boolean bias = fields.flag("attention_bias", false);
        int count = LlamaFamily.layers(fields, "num_hidden_layers");
        List<Boolean> rotated = rotated(fields, count);
        boolean windows = fields.flag("use_sliding_window", false) && fields.has("sliding_window");
        List<Boolean> windowed = LlamaFamily.windowed(fields, count, layer -> windows && !rotated.get(layer));
        int window = LlamaFamily.window(fields);
        Optional<RopeConfig> rope = Optional.of(builder.rope());
        List<LayerConfig> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            layers.add(new LayerConfig(
                    windowed.get(i) ? window : LayerConfig.ALL, rotated.get(i) ? rope : Optional.empty()));
        }
        return builder.attention(builder.attention().withBias(bias, bias))
                .mlp(LlamaFamily.gated(
                        fields, Activation.named(fields, "hidden_act", "silu"), fields.flag("mlp_bias", false)))
                .layers(layers)
                .build();
    }

    private static List<Boolean> rotated(ConfigFields fields, int layers) {
        List<Double> flags = fields.numbers("no_rope_layers");
        int interval = fields.positive("no_rope_layer_interval", INTERVAL);
        fields.check(
                flags == null || flags.size() >= layers,
                "no_rope_layers",
                "must have an entry for each of the " + layers + " layers");
        List<Boolean> rotated = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            // In spite of its name, a 1 in the list means that the layer is rotated.
            rotated.add(flags == null ? (i + 1) % interval != 0 : flags.get(i) != 0);
        }
        return rotated;
    }
}
