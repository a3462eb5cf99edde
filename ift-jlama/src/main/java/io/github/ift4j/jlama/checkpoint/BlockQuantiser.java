package io.github.ift4j.jlama.checkpoint;

/**
 * Brings blocks of {@link QuantisedBlocks#BLOCK} floats to whole numbers and a factor, bit for bit as the constructors of Jlama's
 * {@code Q4ByteBufferTensor} and {@code Q8ByteBufferTensor} do.
 */
final class BlockQuantiser {
    private static final int BLOCK = QuantisedBlocks.BLOCK;
    private static final int HALF = BLOCK / 2;

    private BlockQuantiser() {}

    /** The factor of the block that begins at an index. */
    static float factor(ElementType type, float[] values, int from) {
        float largest = Float.MIN_VALUE;
        float signed = Float.MIN_VALUE;
        for (int i = from; i < from + BLOCK; i++) {
            float magnitude = Math.abs(values[i]);
            if (magnitude > largest) {
                largest = magnitude;
                signed = values[i];
            }
        }
        if (type == ElementType.Q4) {
            // The largest becomes -8, the one number whose opposite does not exist.
            return signed / -8f;
        }
        float inverse = 127f / largest;
        return inverse != 0 ? 1 / inverse : 0;
    }

    /** The bytes of the block that begins at an index. */
    static void numbers(ElementType type, float[] values, int from, byte[] bytes, int to) {
        if (type == ElementType.Q4) {
            float factor = factor(type, values, from);
            float inverse = factor != 0 ? 1 / factor : 0;
            for (int j = 0; j < HALF; j++) {
                bytes[to + j] = (byte)
                        (fourBits(values[from + j] * inverse) | fourBits(values[from + HALF + j] * inverse) << 4);
            }
        } else {
            float largest = Float.MIN_VALUE;
            for (int i = from; i < from + BLOCK; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            float inverse = 127f / largest;
            for (int j = 0; j < BLOCK; j++) {
                bytes[to + j] = (byte) Math.round(values[from + j] * inverse);
            }
        }
    }

    private static byte fourBits(float value) {
        return (byte) Math.min(15, (byte) (value + 8.5f));
    }
}
