package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** Quantises a tensor of floats on the way to a file, a chunk of whole blocks at a time. */
final class QuantisedChunks {
    private QuantisedChunks() {}

    /** Writes the whole numbers of all blocks. */
    static void writeNumbers(TensorEntry floats, ElementType type, WritableByteChannel channel) throws IOException {
        int bytesOfBlock = (int) type.bytes(QuantisedBlocks.BLOCK);
        byte[] bytes = new byte[FloatChunks.ELEMENTS / QuantisedBlocks.BLOCK * bytesOfBlock];
        forEachChunk(floats, (values, blocks) -> {
            for (int block = 0; block < blocks; block++) {
                BlockQuantiser.numbers(type, values, block * QuantisedBlocks.BLOCK, bytes, block * bytesOfBlock);
            }
            StoredTensor.writeFully(channel, ByteBuffer.wrap(bytes, 0, blocks * bytesOfBlock));
        });
    }

    /** Writes the factors of all blocks. */
    static void writeFactors(TensorEntry floats, ElementType type, WritableByteChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(FloatChunks.ELEMENTS / QuantisedBlocks.BLOCK * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        forEachChunk(floats, (values, blocks) -> {
            bytes.clear();
            for (int block = 0; block < blocks; block++) {
                bytes.putFloat(BlockQuantiser.factor(type, values, block * QuantisedBlocks.BLOCK));
            }
            StoredTensor.writeFully(channel, bytes.flip());
        });
    }

    private static void forEachChunk(TensorEntry floats, Chunk chunk) throws IOException {
        float[] values = new float[FloatChunks.ELEMENTS];
        for (long start = 0; start < floats.size(); start += FloatChunks.ELEMENTS) {
            int count = (int) Math.min(FloatChunks.ELEMENTS, floats.size() - start);
            Float32Reader.read(floats, start, MemorySegment.ofArray(values).asSlice(0, (long) count * Float.BYTES));
            chunk.write(values, count / QuantisedBlocks.BLOCK);
        }
    }

    @FunctionalInterface
    private interface Chunk {
        void write(float[] values, int blocks) throws IOException;
    }
}
