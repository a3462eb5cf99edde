package io.github.ift4j.langchain4j;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A model of random weights and adapters over it that change its answers. */
final class TinyModels {
    /** 64 tokens of context, a hidden size of 64, a chat template. */
    static final Path BASE = Path.of("../ift-jlama/src/test/resources/golden/llama/model");

    static final int HIDDEN = 64;

    private TinyModels() {}

    /** Writes an adapter of random numbers, the same for the same seed, and gives its folder back. */
    static Path adapter(Path folder, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PeftConfig config = PeftConfig.of(4, 8, new PeftTargets.AllLinear());
        try (Workers workers = new Workers(1);
                DecoderPolicy policy = DecoderPolicy.adapt(BASE, config, seed, workers)) {
            for (Parameter parameter : policy.parameters()) {
                for (long i = 0; i < parameter.size(); i++) {
                    float moved = (float) (parameter.get(i) + 0.2 * random.nextGaussian());
                    parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, moved);
                }
            }
            PeftWriter.plain().write(folder, policy.adapter().orElseThrow());
        }
        return folder;
    }
}
