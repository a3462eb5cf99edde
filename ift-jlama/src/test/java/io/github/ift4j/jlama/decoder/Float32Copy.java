package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.checkpoint.Float32Tensor;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.checkpoint.HuggingFaceWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/** A copy of a model with the float32 numbers that its weights stand for. */
final class Float32Copy {
    private Float32Copy() {}

    /** Writes it and returns its folder. */
    static Path of(Path model, Path folder) {
        try (Arena arena = Arena.ofConfined();
                HuggingFaceDirectory files = HuggingFaceDirectory.open(model)) {
            List<Float32Tensor> weights = files.tensorNames().stream()
                    .map(name -> {
                        List<Integer> shape = files.tensor(name).shape();
                        return new Float32Tensor(name, shape, files.readFloat32(name, shape, arena));
                    })
                    .toList();
            HuggingFaceWriter.basedOn(files).write(folder, weights);
        }
        return folder;
    }
}
