package io.github.ift4j.jlama.architecture;

/** {@code mistral}: a Llama whose layers may all have a sliding window. */
final class Mistral implements Architecture {
    private static final LlamaFamily.Defaults DEFAULTS = new LlamaFamily.Defaults(4096 * 32, 1e-6, 10_000, false);

    @Override
    public String modelType() {
        return "mistral";
    }

    @Override
    public DecoderConfig describe(ConfigFields fields) {
        return LlamaFamily.read(this, fields, DEFAULTS)
                .window(LlamaFamily.window(fields))
                .build();
    }
}
