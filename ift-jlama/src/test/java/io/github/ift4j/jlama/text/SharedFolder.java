package io.github.ift4j.jlama.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Data beside the repository that is too large, or not ours, to be in it. */
public final class SharedFolder {
    private SharedFolder() {}

    /** {@code ../shared/<name>} as seen from the repository's root; absent where there is none. */
    public static Optional<Path> find(String name) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("LICENSE")) && Files.exists(folder.resolve("pom.xml"))) {
                Path shared = folder.resolveSibling("shared").resolve(name);
                return Files.isDirectory(shared) ? Optional.of(shared) : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
