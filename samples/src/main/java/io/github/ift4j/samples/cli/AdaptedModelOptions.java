package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.generation.LoadOptions;
import io.github.ift4j.jlama.generation.TextModel;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model, with or without an adapter. */
final class AdaptedModelOptions {
    @Mixin
    private ModelOptions model;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description = "Folder of a PEFT adapter of the model, to be applied to it.")
    private Path adapter;

    /**
     * The model for answering, with the chat template of the options.
     *
     * @param draft folder of a model that drafts for it, if one is to
     * @throws IllegalArgumentException when prompts need a template and there is none
     */
    TextModel load(TextOptions text, Optional<Path> draft) {
        LoadOptions options = options(text.chatTemplate());
        TextModel loaded =
                TextModel.load(directory(), draft.map(options::withDraft).orElse(options));
        if (!text.raw() && loaded.text().chatTemplate().isEmpty()) {
            loaded.close();
            throw new IllegalArgumentException(directory()
                    + ": the model has no chat template; give one with --chat-template FILE, or continue plain"
                    + " text with --raw");
        }
        return loaded;
    }

    /** How to load the model, with a chat template in place of its own if there is one. */
    LoadOptions options(Optional<Path> chatTemplate) {
        LoadOptions options = LoadOptions.DEFAULTS;
        options = chatTemplate.map(options::withChatTemplate).orElse(options);
        return adapter().map(options::withAdapter).orElse(options);
    }

    /** The adapter's folder, if there is to be one. */
    Optional<Path> adapter() {
        return Optional.ofNullable(adapter);
    }

    /** The model's folder. */
    Path directory() {
        return model.directory();
    }
}
