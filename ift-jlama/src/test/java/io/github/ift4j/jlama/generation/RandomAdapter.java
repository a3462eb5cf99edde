package io.github.ift4j.jlama.generation;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Adapters that change answers. */
final class RandomAdapter {
    private RandomAdapter() {}

    /** Writes one over a base, the same for the same seed, and gives its folder back. */
    static Path write(Path base, PeftConfig config, long seed, Path folder) {
        SplittableRandom random = new SplittableRandom(seed);
        try (Workers workers = new Workers(1);
                DecoderPolicy policy = DecoderPolicy.adapt(base, config, seed, workers)) {
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
