package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How weights reach the disk. */
class HuggingFaceWriterStreamingTest {
    private static final int ELEMENTS = 3_000_000;

    @TempDir
    Path parent;

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"F32", "BF16", "F16", "F64"})
    void weightsAreWrittenInChunksSoThatTheyAreNeverInMemoryTwice(ElementType type) {
        RecordingDisk disk = new RecordingDisk();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment weights = arena.allocate(4L * ELEMENTS, 4);
            HuggingFaceWriter.of(JsonNodeFactory.instance.objectNode())
                    .elementType(type)
                    .on(disk)
                    .write(parent.resolve("out"), List.of(new Float32Tensor("w", List.of(ELEMENTS), weights)));
        }
        assertThat(disk.written).isGreaterThan(type.bytes(ELEMENTS));
        assertThat(disk.largestWrite).as("twice a chunk, for F64").isLessThanOrEqualTo(2 << 20);
    }

    @Test
    void nothingIsRenamedBeforeItIsDurableNorLeftUnsaidAfterwards() {
        RecordingDisk disk = new RecordingDisk();
        HuggingFaceWriter writer =
                HuggingFaceWriter.of(JsonNodeFactory.instance.objectNode()).on(disk);

        writer.write(parent.resolve("out"), List.of());
        writer.write(parent.resolve("out"), List.of());

        assertThat(disk.events)
                .containsExactly(
                        "write config.json",
                        "write model.safetensors",
                        "force the new files",
                        "move out",
                        "force the folder",
                        "write config.json",
                        "write model.safetensors",
                        "force the new files",
                        "move config.json",
                        "force the folder",
                        "move model.safetensors",
                        "force the folder");
    }

    /** Writes to the disk, each file durably, and remembers in what order and portions. */
    private static final class RecordingDisk implements Disk {
        private final List<String> events = new ArrayList<>();
        private long written;
        private int largestWrite;

        @Override
        public void write(Path file, Content content) throws IOException {
            events.add("write " + file.getFileName());
            Disk.super.write(
                    file,
                    channel -> content.writeTo(new WritableByteChannel() {
                        @Override
                        public int write(ByteBuffer bytes) throws IOException {
                            largestWrite = Math.max(largestWrite, bytes.remaining());
                            written += bytes.remaining();
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
                    }));
        }

        @Override
        public void move(Path source, Path target) throws IOException {
            events.add("move " + target.getFileName());
            Disk.super.move(source, target);
        }

        @Override
        public void force(Path folder) {
            events.add(folder.getFileName().toString().contains(".tmp-") ? "force the new files" : "force the folder");
            Disk.super.force(folder);
        }
    }
}
