package io.github.ift4j.samples.cli;

import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.samples.tiny.EmbeddedModel;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The model of a sample chatbot. */
final class BotModel {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "Folder of a HuggingFace model with a chat template; the embedded model, which knows a small town"
                            + " and nothing else, unless given.")
    private Path directory;

    /**
     * Loads it.
     *
     * @param scratch where the embedded model's files go
     */
    IftEngine load(TemporaryFolder scratch) throws IOException {
        if (directory != null) {
            return IftEngine.load(directory);
        }
        Path model = scratch.path().resolve("town-model");
        Path adapter = scratch.path().resolve("town-chat");
        EmbeddedModel.copyModel(model);
        EmbeddedModel.copyAdapter(adapter);
        return IftEngine.builder().modelPath(model).adapterPath(adapter).build();
    }
}
