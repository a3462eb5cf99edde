package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The file operations that writing a model takes, apart from it so that a test can let any of them fail. */
interface Disk {
    /** The file system itself. */
    Disk REAL = new Disk() {};

    /** Makes a folder. */
    default void createDirectory(Path folder) throws IOException {
        Files.createDirectory(folder);
    }

    /** Makes a file that has reached the disk when this returns. */
    default void write(Path file, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            content.writeTo(channel);
            channel.force(true);
        }
    }

    /** Renames a file or folder in one step; a file in its place is replaced. */
    default void move(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Deletes a file or an empty folder, if there is one. */
    default void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    /** Makes the renames and deletions in a folder durable, where the system can be asked to. */
    default void force(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows does not open folders. The rename has happened; its durability is left to the system.
        }
    }

    /** What a file is to hold. */
    @FunctionalInterface
    interface Content {
        /** Those bytes. */
        static Content of(byte[] bytes) {
            return channel -> StoredTensor.writeFully(channel, ByteBuffer.wrap(bytes));
        }

        void writeTo(WritableByteChannel channel) throws IOException;
    }
}
