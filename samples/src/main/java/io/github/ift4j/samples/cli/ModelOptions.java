package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.generation.LoadOptions;
import io.github.ift4j.jlama.generation.TextModel;
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

    /** The model for answering, with the chat template of the options. */
    TextModel load(TextOptions text) {
        return TextModel.load(
                directory,
                text.chatTemplate().map(LoadOptions.DEFAULTS::withChatTemplate).orElse(LoadOptions.DEFAULTS));
    }

    /** The model's folder. */
    Path directory() {
        return directory;
    }
}
