package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.decoder.TrainingOptions;
import picocli.CommandLine.Option;

/** How training trades time for memory. */
final class MemoryOptions {
    @Option(
            names = "--recompute",
            description = "Keep only each layer's input and compute its other activations again for the backward pass: "
                    + "less memory, more time, the same result to the bit.")
    private boolean recompute;

    /** The settings that the options describe. */
    TrainingOptions options() {
        return TrainingOptions.defaults().withRecompute(recompute);
    }
}
