package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Writes float32 numbers in the format of a file, chunk by chunk, and refuses those that are not finite. */
final class FloatChunks {
    /** Most numbers of a chunk: a multiple of the quantised block, so that none is divided. */
    static final int ELEMENTS = StoredTensor.CHUNK / Float.BYTES;

    private FloatChunks() {}

    /** Where the numbers come from. */
    @FunctionalInterface
    interface Source {
        /** {@code count} numbers from {@code start} on, valid until the next call. */
        MemorySegment floats(long start, int count);
    }

    /** Fills a chunk with the numbers from {@code start} on. */
    @FunctionalInterface
    interface Reader {
        void read(long start, MemorySegment chunk);
    }

    /** Writes all elements of a tensor that have to be read into memory first; as {@link #write}. */
    static void writeRead(StoredTensor tensor, long size, Reader reader, WritableByteChannel channel)
            throws IOException {
        MemorySegment floats = MemorySegment.ofArray(new float[ELEMENTS]);
        Source source = (start, count) -> {
            MemorySegment chunk = floats.asSlice(0, (long) count * Float.BYTES);
            reader.read(start, chunk);
            return chunk;
        };
        write(tensor, size, source, channel);
    }

    /**
     * Writes all elements of a tensor.
     *
     * @param tensor says in which type, and what to call it in messages
     * @param size number of elements
     * @throws CheckpointException when an element is not finite, or not in the type
     */
    static void write(StoredTensor tensor, long size, Source source, WritableByteChannel channel) throws IOException {
        ElementType type = tensor.type();
        ByteBuffer encoded = ByteBuffer.allocateDirect((int) type.bytes(ELEMENTS));
        MemorySegment decoded = MemorySegment.ofArray(new float[type == ElementType.F32 ? 0 : ELEMENTS]);
        for (long start = 0; start < size; start += ELEMENTS) {
            int count = (int) Math.min(ELEMENTS, size - start);
            MemorySegment floats = source.floats(start, count);
            checkFinite(tensor, floats, floats, start);
            encoded.clear().limit((int) type.bytes(count));
            FloatFormat.fromFloat32(floats, type, MemorySegment.ofBuffer(encoded));
            if (type != ElementType.F32) {
                MemorySegment again = decoded.asSlice(0, floats.byteSize());
                FloatFormat.toFloat32(type, MemorySegment.ofBuffer(encoded), again);
                checkFinite(tensor, again, floats, start);
            }
            StoredTensor.writeFully(channel, encoded);
        }
    }

    private static void checkFinite(StoredTensor tensor, MemorySegment written, MemorySegment floats, long start) {
        long index = FloatFormat.firstNonFinite(written);
        if (index >= 0) {
            float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
            throw new CheckpointException("tensor " + Names.quote(tensor.name()) + " holds " + value + " at index "
                    + Names.position(start + index, tensor.shape())
                    + (Float.isFinite(value)
                            ? ", too large for " + tensor.type() + ": write BF16 or F32"
                            : "; such a model is of no use (a smaller learning rate may help)"));
        }
    }
}
