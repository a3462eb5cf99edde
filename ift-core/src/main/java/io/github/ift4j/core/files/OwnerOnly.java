package io.github.ift4j.core.files;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Files and folders that nobody but their owner may read or write, as far as the file system knows POSIX permissions: files have
 * mode 600, folders 700. Elsewhere they get what the system gives, and {@link #isSupported} says so.
 */
public final class OwnerOnly {
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");

    private OwnerOnly() {}

    /** Whether the file system of an existing path has POSIX permissions. */
    public static boolean isSupported(Path path) {
        return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
    }

    /**
     * Makes a folder, with those above it, and closes it to others; one that is there already is closed too.
     *
     * @throws IOException when it cannot be made or is not ours to close
     */
    public static void createDirectories(Path folder) throws IOException {
        Files.createDirectories(folder);
        restrict(folder);
    }

    /** Makes an empty file that others never could open, unless there is one, which is closed to others. */
    public static void createFile(Path file) throws IOException {
        try {
            Files.createFile(file, attributes(file));
        } catch (FileAlreadyExistsException e) {
            restrict(file);
        }
    }

    /** Closes an existing file or folder to others. */
    public static void restrict(Path path) throws IOException {
        if (isSupported(path)) {
            Files.setPosixFilePermissions(path, Files.isDirectory(path) ? FOLDER : FILE);
        }
    }

    private static FileAttribute<?>[] attributes(Path file) {
        return isSupported(file.toAbsolutePath().getParent())
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(FILE)}
                : new FileAttribute<?>[0];
    }
}
