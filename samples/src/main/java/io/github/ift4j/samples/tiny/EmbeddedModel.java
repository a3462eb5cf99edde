package io.github.ift4j.samples.tiny;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The base model and the chats that come with the samples: the model knows the {@link World}, but was never taught to answer
 * a question. {@link MakeTinyModel} makes both. An adapter over the model was taught to.
 */
public final class EmbeddedModel {
    /** The files of a HuggingFace directory. */
    static final List<String> MODEL_FILES = List.of(
            "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

    private static final List<String> DATA_FILES = List.of(ChatFiles.TUNING, ChatFiles.TEST);

    private static final List<String> ADAPTER_FILES = List.of("adapter_config.json", "adapter_model.safetensors");

    private EmbeddedModel() {}

    /**
     * Copies the model out of the class path.
     *
     * @param directory where its files go; made if need be, files of the same names are replaced
     * @throws IOException when a file cannot be written
     */
    public static void copyModel(Path directory) throws IOException {
        new ClassPathFiles(EmbeddedModel.class, "model", MODEL_FILES).copyTo(directory);
    }

    /**
     * Copies {@code tuning.jsonl} and {@code test.jsonl} out of the class path.
     *
     * @param directory where they go; made if need be, files of the same names are replaced
     * @throws IOException when a file cannot be written
     */
    public static void copyData(Path directory) throws IOException {
        new ClassPathFiles(EmbeddedModel.class, "data", DATA_FILES).copyTo(directory);
    }

    /**
     * Copies the adapter out of the class path with which the model answers questions. It is what {@code ift train} makes of the
     * model and {@code tuning.jsonl} with {@code --lora-rank 8 --optimizer adamw --lr 3e-3 --epochs 3 --batch-size 16}.
     *
     * @param directory where its files go; made if need be, files of the same names are replaced
     * @throws IOException when a file cannot be written
     */
    public static void copyAdapter(Path directory) throws IOException {
        new ClassPathFiles(EmbeddedModel.class, "adapter", ADAPTER_FILES).copyTo(directory);
    }

    /** The chats of the data files, with the kind of each question. */
    public static ChatData chats() {
        return ChatData.of(World.of(World.SEED), ChatData.SEED);
    }
}
