package io.github.ift4j.langchain4j;

import java.nio.file.Path;

/** Loads a model in a JVM of its own and prints what comes of it. */
final class EngineProbe {
    private EngineProbe() {}

    public static void main(String[] directory) {
        try (IftEngine engine = IftEngine.load(Path.of(directory[0]))) {
            System.out.println("loaded " + engine.modelName());
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }
}
