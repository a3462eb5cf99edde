package io.github.ift4j.jlama.generation;

import com.fasterxml.jackson.databind.node.TextNode;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.TokenModel;
import io.github.ift4j.jlama.runtime.VectorApi;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

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
            Optional<TokenModel> draft = options.draft().map(folder -> draft(folder, text, workers));
            String name = options.name()
                    .orElseGet(() -> ModelVersion.fileName(options.adapter().orElse(directory)));
            ModelVersion version = ModelVersion.ofModel(name, directory, options.adapter());
            GenerationEngine engine = new GenerationEngine(
                    decoder,
                    draft,
                    () -> new TextModel.DecodedText(text.tokenizer()),
                    options.maxConcurrentRequests(),
                    options.maxQueuedRequests(),
                    options.idleContextBytes());
            return new TextModel(
                    version,
                    decoder,
                    text,
                    defaults,
                    engine,
                    Optional.of(new TextModel.Origin(directory, options)),
                    Optional.empty(),
                    List.copyOf(opened));
        } catch (RuntimeException | Error e) {
            TextModel.closeAll(opened);
            throw e;
        }
    }

    /** The draft, on the threads of the model, whose turn it never is at the same time. */
    private TokenModel draft(Path folder, ModelText text, Workers workers) {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException(folder + ": there is no such directory");
        }
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            checkSameVocabulary(folder, tokenizer, text.tokenizer());
        }
        return open(Decoder.load(folder, workers));
    }

    private void checkSameVocabulary(Path folder, Tokenizer drafts, Tokenizer models) {
        int size = Math.max(drafts.vocabularySize(), models.vocabularySize());
        for (int id = 0; id < size; id++) {
            if (!Objects.equals(drafts.tokenOf(id), models.tokenOf(id))) {
                throw new CheckpointException(
                        "%s cannot draft for %s: token %s is %s in the one and %s in the other; a draft needs the same vocabulary"
                                .formatted(folder, directory, id, named(drafts, id), named(models, id)));
            }
        }
    }

    private static String named(Tokenizer tokenizer, int id) {
        String token = tokenizer.tokenOf(id);
        return token == null ? "missing" : TextNode.valueOf(token).toString();
    }

    private <T extends AutoCloseable> T open(T part) {
        opened.push(part);
        return part;
    }
}
