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

    /**
     * The model for answering, with the chat template of the options.
     *
     * @throws IllegalArgumentException when prompts need a template and there is none
     */
    TextModel load(TextOptions text) {
        TextModel model = TextModel.load(
                directory,
                text.chatTemplate().map(LoadOptions.DEFAULTS::withChatTemplate).orElse(LoadOptions.DEFAULTS));
        if (!text.raw() && model.text().chatTemplate().isEmpty()) {
            model.close();
            throw new IllegalArgumentException(directory
                    + ": the model has no chat template; give one with --chat-template FILE, or continue plain"
                    + " text with --raw");
        }
        return model;
    }

    /** The model's folder. */
    Path directory() {
        return directory;
    }
}
