package io.github.ift4j.samples.chatbots;

import io.github.ift4j.samples.tiny.ClassPathFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A folder for {@link FolderBot}: three short texts about the embedded model's town. */
public final class TownTexts {
    private static final List<String> FILES = List.of("market.md", "people.md", "weather.md");

    private TownTexts() {}

    /**
     * Copies the texts out of the class path.
     *
     * @param directory where they go
     * @throws IOException when one cannot be written
     */
    public static void copyTo(Path directory) throws IOException {
        new ClassPathFiles(TownTexts.class, "town", FILES).copyTo(directory);
    }
}
