package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
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
            FloatChunks.write(
                    this,
                    tensor.size(),
                    (start, count) -> tensor.segment().asSlice(start * Float.BYTES, (long) count * Float.BYTES),
                    channel);
        }
    }

    /**
     * A quantised weight, made floating-point numbers on the way.
     *
     * @param type F32, BF16, F16 or F64
     */
    record Dequantised(QuantisedBlocks blocks, ElementType type) implements StoredTensor {
        @Override
        public String name() {
            return blocks.numbers().name();
        }

        @Override
        public List<Integer> shape() {
            return blocks.numbers().shape();
        }

        @Override
        public long bytes() {
            return type.bytes(blocks.numbers().size());
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            FloatChunks.writeRead(
                    this, blocks.numbers().size(), (start, chunk) -> blocks.toFloat32(start, chunk), channel);
        }
    }

    /**
     * Another file's floating-point numbers, converted on the way.
     *
     * @param type F32, BF16, F16 or F64
     */
    record Recoded(TensorEntry entry, ElementType type) implements StoredTensor {
        @Override
        public String name() {
            return entry.name();
        }

        @Override
        public List<Integer> shape() {
            return entry.shape();
        }

        @Override
        public long bytes() {
            return type.bytes(entry.size());
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            FloatChunks.writeRead(
                    this, entry.size(), (start, chunk) -> Float32Reader.read(entry, start, chunk), channel);
        }
    }

    /**
     * The whole numbers of another file's matrix of floats, quantised on the way.
     *
     * @param entry the matrix, whose rows are whole blocks
     * @param type Q4 or I8
     */
    record Numbers(TensorEntry entry, ElementType type) implements StoredTensor {
        @Override
        public String name() {
            return entry.name();
        }

        @Override
        public List<Integer> shape() {
            return entry.shape();
        }

        @Override
        public long bytes() {
            return type.bytes(entry.size());
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            QuantisedChunks.writeNumbers(entry, type, channel);
        }
    }

    /**
     * The factors that go with {@link Numbers}.
     *
     * @param entry the matrix, whose rows are whole blocks
     * @param numbers Q4 or I8
     */
    record Factors(TensorEntry entry, ElementType numbers) implements StoredTensor {
        @Override
        public String name() {
            return entry.name() + QuantisedBlocks.SUFFIX;
        }

        @Override
        public ElementType type() {
            return ElementType.F32;
        }

        @Override
        public List<Integer> shape() {
            List<Integer> shape = new ArrayList<>(entry.shape());
            shape.set(shape.size() - 1, shape.getLast() / QuantisedBlocks.BLOCK);
            return shape;
        }

        @Override
        public long bytes() {
            return entry.size() / QuantisedBlocks.BLOCK * Float.BYTES;
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            QuantisedChunks.writeFactors(entry, numbers, channel);
        }
    }

    /** Writes all that remains in the buffer. */
    static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
