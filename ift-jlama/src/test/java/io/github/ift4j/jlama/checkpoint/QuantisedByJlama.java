package io.github.ift4j.jlama.checkpoint;

import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** A model as Jlama itself quantises it. */
public final class QuantisedByJlama {
    private QuantisedByJlama() {}

    /**
     * The folder of the quantised model.
     *
     * @param model a model in floats
     * @param parent where to write
     */
    public static Path of(Path model, DType type, Path parent) {
        try {
            Path floats = Files.createDirectory(parent.resolve("floats"));
            try (Stream<Path> files = Files.list(model)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Files.copy(file, floats.resolve(file.getFileName()));
                }
            }
            Files.writeString(floats.resolve("README.md"), "A model.\n");
            return SafeTensorSupport.quantizeModel(
                    floats, type, new String[0], new String[0], Optional.of(parent.resolve("quantised")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
