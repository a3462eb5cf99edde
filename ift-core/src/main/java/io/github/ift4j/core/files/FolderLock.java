package io.github.ift4j.core.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps a folder to one writer at a time, on this machine. The lock ends with the process at the latest. */
public final class FolderLock implements AutoCloseable {
    private static final String NAME = ".lock";
    private static final long MILLISECONDS_BETWEEN_ATTEMPTS = 50;

    /**
     * The folders that this process has. They are looked up before the file is touched: POSIX ends all locks that a process has on a file
     * as soon as it closes the file anywhere, so that a vain attempt would let other processes in.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileChannel channel;

    private FolderLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /**
     * Takes the lock of an existing folder.
     *
     * @throws IOException when another has it, or the file {@code .lock} cannot be made
     */
    public static FolderLock take(Path folder) throws IOException {
        return attempt(folder)
                .orElseThrow(() ->
                        new IOException(folder + " is in use by another; close that one or choose another folder"));
    }

    /**
     * Takes the lock of an existing folder as soon as no other thread or process has it.
     *
     * @throws IOException when the file {@code .lock} cannot be made
     * @throws InterruptedIOException when the thread is interrupted while it waits; it stays interrupted
     */
    public static FolderLock await(Path folder) throws IOException {
        try {
            Optional<FolderLock> lock = attempt(folder);
            while (lock.isEmpty()) {
                Thread.sleep(MILLISECONDS_BETWEEN_ATTEMPTS);
                lock = attempt(folder);
            }
            return lock.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while another had " + folder);
        }
    }

    /** Empty when another has it. */
    private static Optional<FolderLock> attempt(Path folder) throws IOException {
        Path real = folder.toRealPath();
        if (!HELD.add(real)) {
            return Optional.empty();
        }
        Optional<FolderLock> lock = Optional.empty();
        try {
            lock = attemptAmongProcesses(real);
            return lock;
        } finally {
            if (lock.isEmpty()) {
                HELD.remove(real);
            }
        }
    }

    private static Optional<FolderLock> attemptAmongProcesses(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        OwnerOnly.createFile(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return Optional.of(new FolderLock(folder, channel));
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            try {
                channel.close();
            } finally {
                HELD.remove(folder);
            }
        }
    }
}
