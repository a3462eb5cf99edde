package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A disk that fails at a chosen operation: the n-th creation, write, rename or deletion, counted from 0. */
final class FailingDisk implements Disk {
    /** How it fails. */
    enum Failure {
        /** From then on nothing can be written; renames and deletions still work. */
        FULL,
        /** The process is gone: nothing happens any more. */
        KILLED
    }

    /** Stands for the end of the process. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private final int failing;
    private final Failure failure;
    private int operations;

    FailingDisk(int failing, Failure failure) {
        this.failing = failing;
        this.failure = failure;
    }

    /** A disk that never fails. */
    static FailingDisk sound() {
        return new FailingDisk(Integer.MAX_VALUE, Failure.FULL);
    }

    /** Whether the operation that was to fail has been reached. */
    boolean failed() {
        return operations > failing;
    }

    @Override
    public void createDirectory(Path folder) throws IOException {
        beforeWriting();
        Disk.super.createDirectory(folder);
    }

    @Override
    public void write(Path file, Content content) throws IOException {
        beforeWriting();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            content.writeTo(new Channel(channel));
        }
    }

    @Override
    public void move(Path source, Path target) throws IOException {
        count();
        Disk.super.move(source, target);
    }

    @Override
    public void delete(Path path) throws IOException {
        count();
        Disk.super.delete(path);
    }

    /** Does nothing: a killed process does not lose what it wrote, and thousands of writes wait for no disk. */
    @Override
    public void force(Path folder) {}

    private void count() {
        operations++;
        if (failed() && failure == Failure.KILLED) {
            throw new Killed();
        }
    }

    private void beforeWriting() throws IOException {
        count();
        if (failed()) {
            throw new IOException("No space left on device");
        }
    }

    /** Writes half of what it is given before it fails. */
    private final class Channel implements WritableByteChannel {
        private final WritableByteChannel channel;

        Channel(WritableByteChannel channel) {
            this.channel = channel;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            try {
                beforeWriting();
            } catch (IOException | Killed e) {
                channel.write(bytes.slice(bytes.position(), bytes.remaining() / 2));
                throw e;
            }
            return channel.write(bytes);
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
