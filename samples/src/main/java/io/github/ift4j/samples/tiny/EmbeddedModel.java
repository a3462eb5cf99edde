package io.github.ift4j.samples.tiny;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The base model and the chats that come with the samples: the model knows the {@link World}, but was never taught to answer
 * a question. {@link MakeTinyModel} makes both.
 */
public final class EmbeddedModel {
    /** The files of a HuggingFace directory. */
    static final List<String> MODEL_FILES = List.of(
            "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

    private static final List<String> DATA_FILES = List.of(ChatFiles.TUNING, ChatFiles.TEST);

    private EmbeddedModel() {}

    /**
     * Copies the model out of the class path.
     *
     * @param directory where its files go; made if need be, files of the same names are replaced
     * @throws IOException when a file cannot be written
     */
    public static void copyModel(Path directory) throws IOException {
        copy("model", MODEL_FILES, directory);
    }

    /**
     * Copies {@code tuning.jsonl} and {@code test.jsonl} out of the class path.
     *
     * @param directory where they go; made if need be, files of the same names are replaced
     * @throws IOException when a file cannot be written
     */
    public static void copyData(Path directory) throws IOException {
        copy("data", DATA_FILES, directory);
    }

    /** The chats of the data files, with the kind of each question. */
    public static ChatData chats() {
        return ChatData.of(World.of(World.SEED), ChatData.SEED);
    }

    private static void copy(String folder, List<String> names, Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String name : names) {
            try (InputStream content = EmbeddedModel.class.getResourceAsStream(folder + "/" + name)) {
                if (content == null) {
                    throw new IOException("the class path does not hold the embedded " + folder + "/" + name
                            + "; make it with MakeTinyModel");
                }
                Files.copy(content, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
