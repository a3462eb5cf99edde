package io.github.ift4j.jlama.generation;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteSource;
import com.google.common.io.MoreFiles;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.PeftAdapter;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which weights answer.
 *
 * @param modelName what responses call them
 * @param adapter the name of the adapter, if there is one
 * @param number counts what was loaded under the name of an adapter, from 1; 0 for a model as it was loaded
 * @param sha256 identifies what was loaded, in hexadecimal digits: of an adapter {@code adapter_config.json} followed by {@code
 *     adapter_model.safetensors}, of a model {@code training.json}, which names its base and its data by their SHA-256, or {@code
 *     config.json} where it has not been tuned; empty for a model that came from no directory
 */
public record ModelVersion(String modelName, Optional<String> adapter, int number, Optional<String> sha256) {
    private static final String TRAINING = "training.json";
    private static final String CONFIG = "config.json";

    static ModelVersion unknown(String modelName) {
        return new ModelVersion(modelName, Optional.empty(), 0, Optional.empty());
    }

    static ModelVersion ofModel(String modelName, Path directory, Optional<Path> adapter) {
        Path training = directory.resolve(TRAINING);
        Path identity = Files.isRegularFile(training) ? training : directory.resolve(CONFIG);
        String sha256 = adapter.map(ModelVersion::ofAdapter).orElseGet(() -> sha256(MoreFiles.asByteSource(identity)));
        return new ModelVersion(modelName, adapter.map(ModelVersion::fileName), 0, Optional.of(sha256));
    }

    static ModelVersion ofAdapter(String name, int number, Path adapter) {
        return new ModelVersion(name, Optional.of(name), number, Optional.of(ofAdapter(adapter)));
    }

    private static String ofAdapter(Path adapter) {
        return sha256(ByteSource.concat(
                MoreFiles.asByteSource(adapter.resolve(PeftConfig.FILE)),
                MoreFiles.asByteSource(adapter.resolve(PeftAdapter.WEIGHTS_FILE))));
    }

    private static String sha256(ByteSource source) {
        try {
            return source.hash(Hashing.sha256()).toString();
        } catch (IOException e) {
            throw new CheckpointException("cannot be read: " + e.getMessage(), e);
        }
    }

    /** The last part of a directory's path. */
    static String fileName(Path directory) {
        return directory.toAbsolutePath().normalize().getFileName() + "";
    }
}
