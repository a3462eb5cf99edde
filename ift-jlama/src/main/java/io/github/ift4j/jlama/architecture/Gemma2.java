package io.github.ift4j.jlama.architecture;

/** {@code gemma2}: Gemma with four norms a layer, capped scores and logits, and a window in every other layer. */
final class Gemma2 implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(8192, 1e-6, 10_000, true);
    private static final int WINDOW = 4096;

    @Override
    public String modelType() {
        return "gemma2";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        int layers = LlamaFamily.layers(fields, "num_hidden_layers");
        return Gemma.readSandwich(this, fields, DEFAULTS)
                .windows(
                        fields.positive("sliding_window", WINDOW),
                        LlamaFamily.windowed(fields, layers, layer -> layer % 2 == 0))
                .build();
    }
}
