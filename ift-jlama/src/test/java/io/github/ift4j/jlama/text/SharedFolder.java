package io.github.ift4j.jlama.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Data beside the repository that is too large, or not ours, to be in it. */
public final class SharedFolder {
    private SharedFolder() {}

    /** {@code ../shared/<name>} as seen from the repository's root; absent where there is none. */
    public static Optional<Path> find(String name) {
        Path shared = repository().resolveSibling("shared").resolve(name);
        return Files.isDirectory(shared) ? Optional.of(shared) : Optional.empty();
    }

    /** The repository's root. */
    public static Path repository() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("LICENSE")) && Files.exists(folder.resolve("pom.xml"))) {
                return folder;
            }
        }
        throw new IllegalStateException("tests must run within the repository");
    }
}
