package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/** A tensor as a safetensors file is to hold it, with the means to write its data. */
sealed interface StoredTensor {
    /** Bytes written at once. */
    int CHUNK = 1 << 20;

    String name();

    ElementType type();

    List<Integer> shape();

    /** Length of the data. */
    long bytes();

    /**
     * Writes the data, little-endian, row-major.
     *
     * @throws CheckpointException when an element is not finite, or not in the type
     */
    void writeTo(WritableByteChannel channel) throws IOException;

    /** Another file's tensor, bit for bit. */
    record Copied(TensorEntry entry) implements StoredTensor {
        @Override
        public String name() {
            return entry.name();
        }

        @Override
        public ElementType type() {
            return entry.type();
        }

        @Override
        public List<Integer> shape() {
            return entry.shape();
        }

        @Override
        public long bytes() {
            return entry.segment().byteSize();
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            for (long start = 0; start < bytes(); start += CHUNK) {
                writeFully(
                        channel,
                        entry.segment()
                                .asSlice(start, Math.min(CHUNK, bytes() - start))
                                .asByteBuffer());
            }
        }
    }

    /**
     * Float32 memory, converted on the way.
     *
     * @param type F32, BF16, F16 or F64
     */
    record Converted(Float32Tensor tensor, ElementType type) implements StoredTensor {
        private static final int CHUNK_ELEMENTS = CHUNK / Float.BYTES;

        @Override
        public String name() {
            return tensor.name();
        }

        @Override
        public List<Integer> shape() {
            return tensor.shape();
        }

        @Override
        public long bytes() {
            return type.bytes(tensor.size());
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            ByteBuffer encoded = ByteBuffer.allocateDirect((int) type.bytes(CHUNK_ELEMENTS));
            MemorySegment decoded = MemorySegment.ofArray(new float[type == ElementType.F32 ? 0 : CHUNK_ELEMENTS]);
            for (long start = 0; start < tensor.size(); start += CHUNK_ELEMENTS) {
                int count = (int) Math.min(CHUNK_ELEMENTS, tensor.size() - start);
                MemorySegment floats = tensor.segment().asSlice(start * Float.BYTES, (long) count * Float.BYTES);
                checkFinite(floats, floats, start);
                encoded.clear().limit((int) type.bytes(count));
                FloatFormat.fromFloat32(floats, type, MemorySegment.ofBuffer(encoded));
                if (type != ElementType.F32) {
                    MemorySegment again = decoded.asSlice(0, floats.byteSize());
                    FloatFormat.toFloat32(type, MemorySegment.ofBuffer(encoded), again);
                    checkFinite(again, floats, start);
                }
                writeFully(channel, encoded);
            }
        }

        private void checkFinite(MemorySegment written, MemorySegment floats, long start) {
            long index = FloatFormat.firstNonFinite(written);
            if (index >= 0) {
                float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
                throw new CheckpointException("tensor " + Names.quote(name()) + " holds " + value + " at index "
                        + Names.position(start + index, shape())
                        + (Float.isFinite(value)
                                ? ", too large for " + type + ": write BF16 or F32"
                                : "; such a model is of no use (a smaller learning rate may help)"));
            }
        }
    }

    private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
