package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What belongs to a model besides its configuration and weights: the files of the tokenizer, the chat template, the licence.
 *
 * @param files content of each file by its name
 */
record Companions(Map<String, byte[]> files) {
    private static final List<String> NAMES = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "tokenizer.model",
            "chat_template.jinja",
            "chat_template.json",
            "generation_config.json",
            "LICENSE",
            "LICENSE.txt");

    /** They may be those of what else is in a folder. */
    private static final List<String> LICENCES = List.of("LICENSE", "LICENSE.txt");

    private static final String TOKENIZER = "tokenizer.json";

    /** No file. */
    static final Companions NONE = new Companions(Map.of());

    Companions {
        files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    /**
     * Those of a model's folder.
     *
     * @throws CheckpointException when one cannot be read
     */
    static Companions of(Path folder) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : NAMES) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                files.put(name, read(file));
            }
        }
        return new Companions(files);
    }

    /**
     * These and another, or in place of another.
     *
     * @throws IllegalArgumentException when no companion is called that
     */
    Companions with(String name, byte[] content) {
        Preconditions.checkArgument(NAMES.contains(name), "%s is not one of %s", name, NAMES);
        Map<String, byte[]> more = new LinkedHashMap<>(files);
        more.put(name, content.clone());
        return new Companions(more);
    }

    /** The companions of the model in that folder that are not among these; licences, which may be somebody else's, stay. */
    List<String> obsolete(Path folder) {
        return NAMES.stream()
                .filter(name -> !files.containsKey(name) && !LICENCES.contains(name))
                .filter(name -> Files.exists(folder.resolve(name)))
                .toList();
    }

    /** One of these of which that folder has a file that says something else, if there is one. */
    Optional<String> differing(Path folder) {
        return files.keySet().stream().filter(name -> differs(name, folder)).findFirst();
    }

    /** Whether the folder has another tokenizer than this one. */
    boolean differsInTokenizer(Path folder) {
        return files.containsKey(TOKENIZER) && differs(TOKENIZER, folder);
    }

    private boolean differs(String name, Path folder) {
        Path other = folder.resolve(name);
        return Files.exists(other) && !Arrays.equals(files.get(name), read(other));
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new CheckpointException(file + ": cannot be read: " + Reasons.of(e), e);
        }
    }
}
