package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Writes a safetensors file as HuggingFace's own library lays it out: wide elements first and then by name, the header filled
 * with spaces to a multiple of eight bytes, so that all data is aligned.
 */
final class SafetensorsWriter {
    private static final JsonMapper JSON = new JsonMapper();

    private SafetensorsWriter() {}

    /**
     * @throws IOException when the channel throws it
     * @throws CheckpointException when the header outgrows the format or an element cannot be written
     */
    static void write(Collection<? extends StoredTensor> tensors, WritableByteChannel channel) throws IOException {
        List<? extends StoredTensor> sorted = tensors.stream()
                .sorted(Comparator.comparingInt(
                                (StoredTensor tensor) -> -tensor.type().bits())
                        .thenComparing(StoredTensor::name))
                .toList();
        ByteBuffer header = header(sorted);
        while (header.hasRemaining()) {
            channel.write(header);
        }
        for (StoredTensor tensor : sorted) {
            tensor.writeTo(channel);
        }
    }

    private static ByteBuffer header(List<? extends StoredTensor> tensors) throws IOException {
        ObjectNode header = JsonNodeFactory.instance.objectNode();
        // Without this entry HuggingFace's loader refuses the file.
        header.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (StoredTensor tensor : tensors) {
            ObjectNode entry =
                    header.putObject(tensor.name()).put("dtype", tensor.type().name());
            tensor.shape().forEach(entry.withArray("shape")::add);
            entry.putArray("data_offsets").add(offset).add(offset + tensor.bytes());
            offset += tensor.bytes();
        }
        byte[] json = JSON.writeValueAsBytes(header);
        byte[] padded = Arrays.copyOf(json, Math.ceilDiv(json.length, Long.BYTES) * Long.BYTES);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        if (padded.length > SafetensorsHeader.MAX_BYTES) {
            throw new CheckpointException(
                    "the names of " + tensors.size() + " tensors do not fit the header of one safetensors file");
        }
        return ByteBuffer.allocate(Long.BYTES + padded.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded.length)
                .put(padded)
                .flip();
    }
}
