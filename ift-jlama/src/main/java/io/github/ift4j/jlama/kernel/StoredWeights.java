package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import java.lang.foreign.MemorySegment;

/**
 * A weight [rows, cols] as a checkpoint stores it, little-endian, row-major, of any alignment.
 *
 * @param format how its numbers are stored; not {@link WeightFormat#FLOAT32}, which is a {@link Matrix}
 * @param rows outputs of the layer
 * @param cols inputs of the layer; a multiple of 32 if they are stored in blocks
 * @param numbers BFLOAT16: two bytes a weight; EIGHT_BITS: a signed byte a weight; FOUR_BITS: 16 bytes a block, byte j having weight j
 *     in its low and weight j + 16 in its high half, each plus 8
 * @param factors the blocks' factors, float32, [rows, cols / 32]; empty for BFLOAT16
 */
public record StoredWeights(WeightFormat format, int rows, int cols, MemorySegment numbers, MemorySegment factors) {
    /** @throws IllegalArgumentException when the memory is too small for the size */
    public StoredWeights {
        long size = (long) rows * cols;
        long numberBytes = switch (format) {
            case BFLOAT16 -> size * Short.BYTES;
            case EIGHT_BITS -> size;
            case FOUR_BITS -> size / 2;
            case FLOAT32 -> throw new IllegalArgumentException("float32 weights are a matrix");
        };
        boolean blocks = format != WeightFormat.BFLOAT16;
        Preconditions.checkArgument(
                !blocks || cols % format.unit() == 0, "%s columns are not whole blocks of %s", cols, format.unit());
        long factorBytes = blocks ? size / format.unit() * Float.BYTES : 0;
        Preconditions.checkArgument(
                numbers.byteSize() >= numberBytes && factors.byteSize() >= factorBytes,
                "%s x %s weights of %s do not fit into %s and %s bytes",
                rows,
                cols,
                format,
                numbers.byteSize(),
                factors.byteSize());
    }

    /** Weights of 16 bits. */
    public static StoredWeights bfloat16(int rows, int cols, MemorySegment numbers) {
        return new StoredWeights(WeightFormat.BFLOAT16, rows, cols, numbers, MemorySegment.NULL);
    }
}
