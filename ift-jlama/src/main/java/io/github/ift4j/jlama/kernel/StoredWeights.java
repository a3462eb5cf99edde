package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import java.lang.foreign.MemorySegment;

/**
 * A weight [rows, cols] as a checkpoint stores it, little-endian, row-major, of any alignment.
 *
 * @param format how its numbers are stored
 * @param rows outputs of the layer
 * @param cols inputs of the layer; a multiple of 32 if they are stored in blocks
 * @param numbers FLOAT32 and BFLOAT16: four or two bytes a weight; EIGHT_BITS: a signed byte a weight; FOUR_BITS: 16 bytes a block, byte j having weight j
 *     in its low and weight j + 16 in its high half, each plus 8
 * @param factors the blocks' factors, float32, [rows, cols / 32]; empty where there are no blocks
 */
public record StoredWeights(WeightFormat format, int rows, int cols, MemorySegment numbers, MemorySegment factors) {
    /** @throws IllegalArgumentException when the memory is too small for the size */
    public StoredWeights {
        long size = (long) rows * cols;
        long numberBytes = switch (format) {
            case FLOAT32 -> size * Float.BYTES;
            case BFLOAT16 -> size * Short.BYTES;
            case EIGHT_BITS -> size;
            case FOUR_BITS -> size / 2;
        };
        boolean blocks = format.hasFactors();
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

    /** Weights without factors: FLOAT32 or BFLOAT16. */
    public static StoredWeights of(WeightFormat format, int rows, int cols, MemorySegment numbers) {
        return new StoredWeights(format, rows, cols, numbers, MemorySegment.NULL);
    }
}
