package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Makes safetensors files byte by byte, sound or not, without the code under test. */
final class RawSafetensors {
    private RawSafetensors() {}

    /** A file with that header and data. */
    static Path write(Path file, String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return write(file, json.length, json, data);
    }

    /** A file that claims a header of {@code headerLength} bytes. */
    static Path write(Path file, long headerLength, byte[] header, byte[] data) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerLength)
                .put(header)
                .put(data);
        return Files.write(file, bytes.array());
    }

    /** A file of F32 vectors. */
    static Path vectors(Path file, Map<String, float[]> tensors) throws IOException {
        StringBuilder header = new StringBuilder("{");
        int offset = 0;
        for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
            int end = offset + tensor.getValue().length * Float.BYTES;
            header.append(header.length() > 1 ? "," : "")
                    .append(entry(tensor.getKey(), "F32", "[" + tensor.getValue().length + "]", offset, end));
            offset = end;
        }
        ByteBuffer data = ByteBuffer.allocate(offset).order(ByteOrder.LITTLE_ENDIAN);
        tensors.values().forEach(values -> data.put(floats(values)));
        return write(file, header.append("}").toString(), data.array());
    }

    /** One tensor of a header. */
    static String entry(String name, String dtype, String shape, long begin, long end) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, dtype, shape, begin, end);
    }

    /** The floats as a file holds them. */
    static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }
}
