package io.github.ift4j.samples;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Models and data beside the repository; tests that need them are skipped where they are absent. */
public final class Shared {
    private Shared() {}

    /** A path in the folder {@code shared} beside the repository; skips the test if it is not there. */
    public static Path path(String name) {
        Path root = Path.of("").toAbsolutePath();
        while (root != null && !Files.exists(root.resolve("LICENSE"))) {
            root = root.getParent();
        }
        Assumptions.assumeTrue(root != null, "not inside the repository");
        Path path = root.resolveSibling("shared").resolve(name);
        Assumptions.assumeTrue(Files.exists(path), "../shared/" + name + " is not there");
        return path;
    }
}
