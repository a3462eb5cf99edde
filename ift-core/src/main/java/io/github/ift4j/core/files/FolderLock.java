package io.github.ift4j.core.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps a folder to one writer at a time, on this machine. The lock ends with the process at the latest. */
public final class FolderLock implements AutoCloseable {
    private static final String NAME = ".lock";

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock of an existing folder.
     *
     * @throws IOException when another has it, or the file {@code .lock} cannot be made
     */
    public static FolderLock take(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        OwnerOnly.createFile(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new FolderLock(channel);
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw inUse(folder, e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw inUse(folder, null);
    }

    private static IOException inUse(Path folder, Throwable cause) {
        return new IOException(folder + " is in use by another; close that one or choose another folder", cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
