package io.github.ift4j.langchain4j.tuning;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftWriter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.text.ModelText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The model that all adapters are trained over. */
final class BaseModel {
    private final Path directory;
    private final Optional<Path> chatTemplate;
    private Map<String, String> hashes;

    BaseModel(Path directory, Optional<Path> chatTemplate) {
        this.directory = directory;
        this.chatTemplate = chatTemplate;
    }

    Path directory() {
        return directory;
    }

    ModelText text() {
        return ModelText.load(directory, chatTemplate);
    }

    /** SHA-256 of each file, by name; computed once, as the files of a model that is in use must not change. */
    synchronized Map<String, String> hashes() throws IOException {
        if (hashes == null) {
            Map<String, String> found = new TreeMap<>();
            for (Path file : files()) {
                found.put(
                        file.getFileName().toString(),
                        MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString());
            }
            hashes = found;
        }
        return hashes;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** SHA-256 over names and contents of all files. */
    String sha256() throws IOException {
        Hasher hasher = Hashing.sha256().newHasher();
        hashes().forEach((name, hash) -> hasher.putString(name + " " + hash + "\n", StandardCharsets.UTF_8));
        return hasher.hash().toString();
    }

    /** Writes an adapter that changes nothing, so that the base answers under the adapter's name until there is a better one. */
    void writeIdentity(PeftConfig lora, Path folder, Workers workers) {
        try (DecoderPolicy policy = DecoderPolicy.adapt(directory, named(lora), 0, workers)) {
            PeftWriter.plain().write(folder, policy.adapter().orElseThrow());
        }
    }

    /** The adapter's configuration with this base. */
    PeftConfig named(PeftConfig lora) {
        return lora.withBaseModel(directory.toString());
    }
}
