package io.github.ift4j.samples.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model. */
final class ModelOptions {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            required = true,
            description = "Folder of a HuggingFace model: config.json, tokenizer.json, *.safetensors.")
    private Path directory;

    /** The model's folder. */
    Path directory() {
        return directory;
    }
}
