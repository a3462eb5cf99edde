package io.github.ift4j.jlama.architecture;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import java.util.List;

/** All supported architectures. */
final class Architectures {
    private static final ImmutableSortedMap<String, Architecture> ALL = ImmutableSortedMap.copyOf(Maps.uniqueIndex(
            List.of(
                    new Gemma(),
                    new Gemma2(),
                    new Gemma3(),
                    new Gpt2(),
                    new Granite(),
                    new Llama(),
                    new Mistral(),
                    new Mixtral(),
                    new Olmo2(),
                    new Phi3(),
                    new Qwen2(),
                    new Qwen3(),
                    new SmolLm3()),
            Architecture::modelType));

    private Architectures() {}

    static Architecture named(ConfigFields fields) {
        String type = fields.text("model_type", "");
        Architecture architecture = ALL.get(type);
        if (architecture == null) {
            throw fields.error(
                    "model_type",
                    "'" + type + "' is not supported; supported architectures: " + String.join(", ", ALL.keySet()));
        }
        return architecture;
    }
}
