package io.github.ift4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
    @TempDir
    Path folder;

    @Test
    void writesAndReplacesAFile() throws IOException {
        Path file = folder.resolve("a/b/file.txt");

        AtomicFiles.writeString(file, "first");
        AtomicFiles.writeString(file, "grüße");

        assertThat(file).hasContent("grüße");
        assertThat(names(file.getParent())).containsExactly("file.txt");
    }

    @Test
    void aFailureHalfwayLeavesTheOldFile() throws IOException {
        Path file = folder.resolve("file.txt");
        AtomicFiles.writeString(file, "old");

        assertThatThrownBy(() -> AtomicFiles.write(file, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[1000]));
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("No space left on device");

        assertThat(file).hasContent("old");
        assertThat(names(folder)).containsExactly("file.txt");
    }

    @Test
    void makesAFolderWithItsFiles() throws IOException {
        Path target = folder.resolve("checkpoints/step-1");

        AtomicFiles.writeDirectory(target, directory -> Files.writeString(directory.resolve("x"), "1"));

        assertThat(target.resolve("x")).hasContent("1");
        assertThat(names(target.getParent())).containsExactly("step-1");
    }

    @Test
    void aFailureHalfwayLeavesNoFolder() throws IOException {
        assertThatThrownBy(() -> AtomicFiles.writeDirectory(folder.resolve("d"), directory -> {
                    Files.writeString(directory.resolve("x"), "1");
                    throw new IOException("No space left on device");
                }))
                .hasMessage("No space left on device");

        assertThat(names(folder)).isEmpty();
    }

    @Test
    void replacesAFolderOnlyByAWholeOne() throws IOException {
        Path target = folder.resolve("d");
        AtomicFiles.writeDirectory(target, directory -> Files.writeString(directory.resolve("old"), "1"));

        assertThatThrownBy(() -> AtomicFiles.writeDirectory(target, directory -> {
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(IOException.class);
        assertThat(names(target)).containsExactly("old");

        AtomicFiles.writeDirectory(target, directory -> Files.writeString(directory.resolve("new"), "2"));
        assertThat(names(target)).containsExactly("new");
        assertThat(names(folder)).containsExactly("d");
    }

    @Test
    void deletingAFolderDoesNotFollowLinks() throws IOException {
        Path outside = Files.writeString(folder.resolve("outside"), "keep");
        Path target = Files.createDirectory(folder.resolve("d"));
        Files.createSymbolicLink(target.resolve("link"), outside);

        AtomicFiles.deleteRecursively(target);

        assertThat(names(folder)).containsExactly("outside");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> content = Files.list(folder)) {
            return content.map(path -> path.getFileName().toString()).toList();
        }
    }
}
