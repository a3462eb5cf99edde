package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A safetensors file of any size, mapped into memory and checked as a whole: each tensor lies inside the file, is as long
 * as its shape says, and shares no byte with another.
 *
 * <p>Format: eight bytes little-endian length of the header, the header (JSON), the data.
 */
public final class SafetensorsFile implements AutoCloseable {
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final byte[] GIT_LFS_POINTER = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

    private final Path path;
    private final Arena arena;
    private final Map<String, String> metadata;
    private final Map<String, TensorEntry> tensors;

    private SafetensorsFile(Path path, Arena arena, Map<String, String> metadata, Map<String, TensorEntry> tensors) {
        this.path = path;
        this.arena = arena;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Maps the file and checks its header.
     *
     * @throws CheckpointException when it cannot be read or is not a sound safetensors file
     */
    public static SafetensorsFile open(Path path) {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return read(path, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), arena);
        } catch (IOException e) {
            arena.close();
            throw new CheckpointException(
                    path + ": cannot be read: " + (Files.isDirectory(path) ? "it is a folder" : Reasons.of(e)), e);
        } catch (InternalError e) {
            // How the JVM reports a page of a mapped file that can no longer be read.
            arena.close();
            throw new CheckpointException(path + ": cannot be read: it was cut short or its disk failed", e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static SafetensorsFile read(Path path, MemorySegment file, Arena arena) {
        if (file.byteSize() >= GIT_LFS_POINTER.length
                && file.asSlice(0, GIT_LFS_POINTER.length).mismatch(MemorySegment.ofArray(GIT_LFS_POINTER)) == -1) {
            throw new CheckpointException(
                    path + ": is a Git LFS pointer, not the weights; fetch them with 'git lfs pull'");
        }
        if (file.byteSize() < LENGTH.byteSize()) {
            throw new CheckpointException(path + ": too short for a safetensors file: " + file.byteSize() + " bytes");
        }
        long headerBytes = file.get(LENGTH, 0);
        long rest = file.byteSize() - LENGTH.byteSize();
        if (headerBytes < 0 || headerBytes > SafetensorsHeader.MAX_BYTES) {
            throw new CheckpointException(path + ": not a safetensors file: its header would be "
                    + Long.toUnsignedString(headerBytes) + " bytes long, the format allows "
                    + SafetensorsHeader.MAX_BYTES);
        }
        if (headerBytes > rest) {
            throw new CheckpointException(path + ": truncated, or not a safetensors file: its header would be "
                    + headerBytes + " bytes long, the file has " + rest + " more");
        }
        long dataStart = LENGTH.byteSize() + headerBytes;
        InputStream json = new SegmentInputStream(file.asSlice(LENGTH.byteSize(), headerBytes));
        SafetensorsHeader header = SafetensorsHeader.read(path.toString(), json, file.byteSize() - dataStart);
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        for (SafetensorsHeader.Span span : header.tensors()) {
            MemorySegment data = file.asSlice(dataStart + span.begin(), span.end() - span.begin());
            tensors.put(span.name(), new TensorEntry(span.name(), span.type(), span.shape(), path, data));
        }
        return new SafetensorsFile(path, arena, header.metadata(), tensors);
    }

    /** The file's path. */
    public Path path() {
        return path;
    }

    /** The strings under {@code __metadata__}. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** All tensors by name, in the order of the data. */
    public Map<String, TensorEntry> tensors() {
        return tensors;
    }

    /** Unmaps the file; its tensors can no longer be read. */
    @Override
    public void close() {
        arena.close();
    }

    /** Reads the header where it lies, so that a long one takes no heap. */
    private static final class SegmentInputStream extends InputStream {
        private final ByteBuffer buffer;

        SegmentInputStream(MemorySegment segment) {
            this.buffer = segment.asByteBuffer();
        }

        @Override
        public int read() {
            return buffer.hasRemaining() ? Byte.toUnsignedInt(buffer.get()) : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (!buffer.hasRemaining()) {
                return length == 0 ? 0 : -1;
            }
            int count = Math.min(length, buffer.remaining());
            buffer.get(bytes, offset, count);
            return count;
        }
    }
}
