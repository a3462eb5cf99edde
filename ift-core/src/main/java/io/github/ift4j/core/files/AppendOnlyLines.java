package io.github.ift4j.core.files;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A UTF-8 file of lines that only grows and that only its owner may read, see {@link OwnerOnly}. A line that a crash left
 * unfinished is cut off when the file is opened again; one that cannot be written leaves no part of it behind.
 *
 * <p>Not thread-safe.
 */
public final class AppendOnlyLines implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final long tornBytes;
    private long size;

    private AppendOnlyLines(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = endOfLastLine(channel);
        this.tornBytes = channel.size() - size;
        if (tornBytes > 0) {
            channel.truncate(size);
            channel.force(true);
        }
        channel.position(size);
    }

    /**
     * Opens a file at its end; makes it where there is none.
     *
     * @param file in a folder that exists
     * @throws IOException when it cannot be made, read or written
     */
    public static AppendOnlyLines open(Path file) throws IOException {
        OwnerOnly.createFile(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            return new AppendOnlyLines(file, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Where it is. */
    public Path file() {
        return file;
    }

    /** Length in bytes. */
    public long size() {
        return size;
    }

    /** Bytes of an unfinished line that were cut off when the file was opened; 0 as a rule. */
    public long tornBytes() {
        return tornBytes;
    }

    /**
     * Adds lines, which survive the end of this process; {@link #force} makes them survive that of the machine.
     *
     * @param lines without line feeds
     * @throws IOException when they cannot be written; the file is as it was then
     */
    public void append(List<String> lines) throws IOException {
        lines.forEach(line -> Preconditions.checkArgument(line.indexOf('\n') < 0, "a line must not hold a line feed"));
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(String.join("\n", lines) + (lines.isEmpty() ? "" : "\n"));
        long length = bytes.remaining();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            channel.truncate(size);
            channel.position(size);
            throw e;
        }
        size += length;
    }

    /** Makes all lines durable. */
    public void force() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static long endOfLastLine(FileChannel channel) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        for (long end = channel.size(); end > 0; ) {
            long start = Math.max(0, end - CHUNK);
            chunk.clear().limit((int) (end - start));
            while (chunk.hasRemaining() && channel.read(chunk, start + chunk.position()) >= 0) {
                // A channel may read less than it is asked for.
            }
            for (int i = (int) (end - start) - 1; i >= 0; i--) {
                if (chunk.get(i) == '\n') {
                    return start + i + 1;
                }
            }
            end = start;
        }
        return 0;
    }
}
