package io.github.ift4j.jlama.architecture;

import java.util.List;

/** {@code qwen2}: Qwen 1.5 to 2.5; queries, keys and values have biases, the upper layers a window where it is switched on. */
final class Qwen2 implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(32_768, 1e-6, 10_000, false);

    @Override
    public String modelType() {
        return "qwen2";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        DecoderConfig.Builder builder = LlamaFamily.read(this, fields, DEFAULTS);
        return builder.attention(builder.attention().withBias(true, false))
                .windows(LlamaFamily.window(fields), upperLayers(fields))
                .build();
    }

    /** Which layers have a window, in Qwen 2 and 3. */
    static List<Boolean> upperLayers(ConfigFields fields) {
        boolean used = fields.flag("use_sliding_window", false) && fields.has("sliding_window");
        int first = fields.has("max_window_layers") ? (int) fields.number("max_window_layers") : 28;
        return LlamaFamily.windowed(
                fields, LlamaFamily.layers(fields, "num_hidden_layers"), layer -> used && layer >= first);
    }
}
