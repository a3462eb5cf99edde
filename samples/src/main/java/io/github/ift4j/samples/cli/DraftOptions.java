package io.github.ift4j.samples.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which model drafts, if one does. */
final class DraftOptions {
    @Option(
            names = "--draft",
            paramLabel = "DIR",
            description =
                    "Folder of a smaller model with the same vocabulary that proposes what the model then verifies:"
                            + " the same answers, sooner if it is often right.")
    private Path directory;

    /** The draft's folder, if there is to be one. */
    Optional<Path> directory() {
        return Optional.ofNullable(directory);
    }
}
