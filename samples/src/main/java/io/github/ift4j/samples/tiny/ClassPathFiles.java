package io.github.ift4j.samples.tiny;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Files that come with the program.
 *
 * @param owner the class in whose package they are
 * @param folder their folder in the package
 * @param names their names
 */
public record ClassPathFiles(Class<?> owner, String folder, List<String> names) {
    public ClassPathFiles {
        names = List.copyOf(names);
    }

    /**
     * Copies them out of the class path.
     *
     * @param directory where they go; made if need be, files of the same names are replaced
     * @throws IOException when one is missing or cannot be written
     */
    public void copyTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String name : names) {
            try (InputStream content = owner.getResourceAsStream(folder + "/" + name)) {
                if (content == null) {
                    throw new IOException("the class path does not hold " + folder + "/" + name + " beside "
                            + owner.getSimpleName() + "; build the samples again");
                }
                Files.copy(content, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
