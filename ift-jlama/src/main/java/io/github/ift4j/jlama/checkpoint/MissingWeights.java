package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Says what a folder without safetensors holds instead, and what to do about it. */
final class MissingWeights {
    private MissingWeights() {}

    static String explanation(Path folder) {
        List<String> names;
        try (Stream<Path> files = Files.list(folder)) {
            names = files.map(file -> file.getFileName().toString().toLowerCase(Locale.ROOT))
                    .toList();
        } catch (IOException e) {
            return " (the folder cannot be listed: " + Reasons.of(e) + ")";
        }
        if (names.contains("adapter_model.safetensors")) {
            return "; it holds an adapter only: give the folder of its base model";
        }
        if (names.stream().anyMatch(name -> name.endsWith(".safetensors"))) {
            return "; rename its .safetensors file to " + HuggingFaceDirectory.SINGLE_FILE + ", or fetch the index too";
        }
        if (names.stream().anyMatch(name -> name.endsWith(".bin") || name.endsWith(".pt") || name.endsWith(".pth"))) {
            return "; pickle files (.bin, .pt, .pth) can run code and are not read: convert them to safetensors";
        }
        if (names.stream().anyMatch(name -> name.endsWith(".gguf"))) {
            return "; GGUF files are not read: use the model's safetensors";
        }
        return "";
    }
}
