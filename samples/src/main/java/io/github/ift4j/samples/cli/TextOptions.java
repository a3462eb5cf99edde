package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.text.ConversationEncoder;
import io.github.ift4j.jlama.text.ModelText;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How conversations and texts become tokens. */
final class TextOptions {
    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description = "A Jinja chat template to use in place of the model's own.")
    private Path chatTemplate;

    @Option(names = "--raw", description = "Take prompts as they are, without chat template.")
    private boolean raw;

    /** What the model's folder says about text, with the template of the options. */
    ModelText load(ModelOptions model) {
        return ModelText.load(model.directory(), chatTemplate());
    }

    /** What the folders of a model and its adapter say about text, with the template of the options. */
    ModelText load(AdaptedModelOptions model) {
        return ModelText.load(model.directory(), model.options(chatTemplate()).templateFile());
    }

    /** The encoder of training records under these options. */
    ConversationEncoder encoder(ModelText loaded) {
        return loaded.encoder(raw);
    }

    /** The template in place of the model's own, if there is one. */
    Optional<Path> chatTemplate() {
        return Optional.ofNullable(chatTemplate);
    }

    /** Whether prompts are taken as they are. */
    boolean raw() {
        return raw;
    }
}
