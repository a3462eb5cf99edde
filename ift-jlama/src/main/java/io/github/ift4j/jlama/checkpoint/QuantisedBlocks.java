package io.github.ift4j.jlama.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A weight that Jlama has quantised: blocks of 32 neighbours of a row share a float32 factor, which lies in a tensor of its
 * own with {@code .qb} behind the name and a last dimension 32 times shorter.
 *
 * <p>Q4 holds a block in 16 bytes: byte j has element j in its low and element j + 16 in its high half, each plus 8. I8 (which
 * Jlama calls Q8) holds a signed byte an element. The weight is the whole number times the factor, in float32, as Jlama's
 * {@code Q4ByteBufferTensor} and {@code Q8ByteBufferTensor} compute it.
 *
 * @param numbers the whole numbers, Q4 or I8, [..., in]
 * @param factors the blocks' factors, F32, [..., in / 32]
 */
public record QuantisedBlocks(TensorEntry numbers, TensorEntry factors) {
    /** What the name of the factors has behind the name of the weight. */
    static final String SUFFIX = ".qb";

    /** Elements of a block. */
    static final int BLOCK = 32;

    private static final int HALF = BLOCK / 2;
    private static final int BLOCKS_AT_ONCE = 64;
    private static final ValueLayout.OfFloat FACTOR =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** @throws CheckpointException when the two do not fit together */
    public QuantisedBlocks {
        String where = numbers.file() + ": tensor " + Names.quote(numbers.name());
        List<Integer> shape = numbers.shape();
        if (shape.isEmpty() || shape.getLast() % BLOCK != 0) {
            throw new CheckpointException(where + " is stored as " + numbers.type() + " with shape " + shape
                    + "; its last dimension must be a multiple of " + BLOCK);
        }
        if (factors.type() != ElementType.F32) {
            throw new CheckpointException(factors.file() + ": tensor " + Names.quote(factors.name()) + " is stored as "
                    + factors.type() + "; factors of quantised blocks must be F32");
        }
        List<Integer> expected = new ArrayList<>(shape);
        expected.set(shape.size() - 1, shape.getLast() / BLOCK);
        if (!factors.shape().equals(expected)) {
            throw new CheckpointException(factors.file() + ": tensor " + Names.quote(factors.name()) + " has shape "
                    + factors.shape() + ", for a weight of shape " + shape + " it should be " + expected);
        }
    }

    /** Whether Jlama stores whole numbers of quantised weights in that type. */
    static boolean isTypeOfNumbers(ElementType type) {
        return type == ElementType.Q4 || type == ElementType.I8;
    }

    /**
     * Computes some of the weights.
     *
     * @param start index of the first, a multiple of {@link #BLOCK}
     * @param target receives as many floats, in native byte order, as it has room for: whole blocks of the weight
     */
    void toFloat32(long start, MemorySegment target) {
        long first = start / BLOCK;
        long blocks = target.byteSize() / (BLOCK * Float.BYTES);
        int bytesOfBlock = (int) numbers.type().bytes(BLOCK);
        byte[] bytes = new byte[BLOCKS_AT_ONCE * bytesOfBlock];
        float[] scales = new float[BLOCKS_AT_ONCE];
        float[] weights = new float[BLOCKS_AT_ONCE * BLOCK];
        for (long done = 0; done < blocks; done += BLOCKS_AT_ONCE) {
            int count = (int) Math.min(BLOCKS_AT_ONCE, blocks - done);
            MemorySegment.copy(
                    numbers.segment(),
                    ValueLayout.JAVA_BYTE,
                    (first + done) * bytesOfBlock,
                    bytes,
                    0,
                    count * bytesOfBlock);
            MemorySegment.copy(factors.segment(), FACTOR, (first + done) * Float.BYTES, scales, 0, count);
            for (int block = 0; block < count; block++) {
                if (numbers.type() == ElementType.Q4) {
                    fourBits(bytes, block * bytesOfBlock, scales[block], weights, block * BLOCK);
                } else {
                    eightBits(bytes, block * bytesOfBlock, scales[block], weights, block * BLOCK);
                }
            }
            MemorySegment.copy(
                    weights, 0, target, ValueLayout.JAVA_FLOAT_UNALIGNED, done * BLOCK * Float.BYTES, count * BLOCK);
        }
    }

    private static void fourBits(byte[] bytes, int from, float factor, float[] weights, int to) {
        for (int j = 0; j < HALF; j++) {
            weights[to + j] = ((bytes[from + j] & 0xf) - 8) * factor;
            weights[to + HALF + j] = ((bytes[from + j] >> 4 & 0xf) - 8) * factor;
        }
    }

    private static void eightBits(byte[] bytes, int from, float factor, float[] weights, int to) {
        for (int j = 0; j < BLOCK; j++) {
            weights[to + j] = bytes[from + j] * factor;
        }
    }
}
