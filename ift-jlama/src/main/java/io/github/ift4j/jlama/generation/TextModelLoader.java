package io.github.ift4j.jlama.generation;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.runtime.VectorApi;
import io.github.ift4j.jlama.text.ModelText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Opens what a model directory holds, part by part, and closes the parts again when one of them cannot be opened. */
final class TextModelLoader {
    private final Path directory;
    private final LoadOptions options;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    TextModelLoader(Path directory, LoadOptions options) {
        this.directory = directory;
        this.options = options;
    }

    TextModel load() {
        VectorApi.require();
        if (!Files.isDirectory(directory)) {
            throw new CheckpointException(directory + ": there is no such directory");
        }
        try {
            ModelText text = open(ModelText.load(directory, options.templateFile()));
            GenerationDefaults defaults = GenerationDefaults.read(directory);
            Workers workers = open(Workers.fromEnvironment());
            Decoder decoder = open(Decoder.load(directory, options.adapter(), workers));
            String name = options.name()
                    .orElseGet(() -> options.adapter()
                                    .orElse(directory)
                                    .toAbsolutePath()
                                    .normalize()
                                    .getFileName() + "");
            return new TextModel(
                    name,
                    decoder,
                    text,
                    defaults,
                    options.maxConcurrentRequests(),
                    options.idleContextBytes(),
                    List.copyOf(opened));
        } catch (RuntimeException | Error e) {
            TextModel.closeAll(opened);
            throw e;
        }
    }

    private <T extends AutoCloseable> T open(T part) {
        opened.push(part);
        return part;
    }
}
