package io.github.ift4j.core.files;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Files and folders that exist either whole or not at all: they are written beside their place, forced to disk and renamed.
 * When anything fails, a power cut included, what was there before is still there.
 */
public final class AtomicFiles {
    private static final String TEMPORARY = ".tmp-";

    private AtomicFiles() {}

    /**
     * Writes or replaces a file.
     *
     * @param target the file; folders above it are made
     * @param body writes the content into an empty channel that is open for reading and writing
     * @throws IOException what {@code body} or the file system threw; {@code target} is then as it was
     */
    public static void write(Path target, FileBody body) throws IOException {
        Path temporary = temporarySibling(target);
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                body.write(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory(temporary.getParent());
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Writes or replaces a UTF-8 file, see {@link #write(Path, FileBody)}. */
    public static void writeString(Path target, String content) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
        write(target, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /**
     * Makes or replaces a folder with its files. While a folder is replaced there is a moment when neither has the name.
     *
     * @param target the folder; folders above it are made
     * @param body writes files into the given empty folder
     * @throws IOException what {@code body} or the file system threw; {@code target} is then as it was
     */
    public static void writeDirectory(Path target, DirectoryBody body) throws IOException {
        Path temporary = temporarySibling(target);
        Path old = temporarySibling(target);
        Files.createDirectory(temporary);
        try {
            body.write(temporary);
            force(temporary);
            if (Files.exists(target)) {
                Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
            }
            try {
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                if (Files.exists(old)) {
                    Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
                }
                throw e;
            }
            forceDirectory(temporary.getParent());
        } finally {
            deleteRecursively(temporary);
        }
        deleteRecursively(old);
    }

    /** Deletes a file or a folder with all in it; links are deleted, never followed. Does nothing when there is none. */
    public static void deleteRecursively(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }

    /** Whether {@code path} is what an interrupted write left behind. */
    public static boolean isTemporary(Path path) {
        return path.getFileName().toString().contains(TEMPORARY);
    }

    private static Path temporarySibling(Path target) throws IOException {
        Path absolute = target.toAbsolutePath();
        Files.createDirectories(absolute.getParent());
        return absolute.resolveSibling(absolute.getFileName() + TEMPORARY + UUID.randomUUID());
    }

    private static void force(Path directory) throws IOException {
        try (Stream<Path> content = Files.walk(directory)) {
            for (Path path : (Iterable<Path>) content::iterator) {
                if (Files.isDirectory(path)) {
                    forceDirectory(path);
                } else {
                    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                        channel.force(true);
                    }
                }
            }
        }
    }

    /** Makes a rename durable where the system lets a folder be opened (not on Windows, where it is not needed). */
    private static void forceDirectory(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // The rename has happened; only its durability across a power cut is left to the system.
        }
    }

    /** Writes one file. */
    @FunctionalInterface
    public interface FileBody {
        void write(FileChannel channel) throws IOException;
    }

    /** Writes the files of one folder. */
    @FunctionalInterface
    public interface DirectoryBody {
        void write(Path directory) throws IOException;
    }
}
