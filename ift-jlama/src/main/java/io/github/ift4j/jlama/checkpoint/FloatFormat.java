package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Preconditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Between the floating-point formats of checkpoints (little-endian, any alignment) and float32 in native byte order.
 *
 * <p>Works in blocks copied to the heap: the loops over arrays are what the JIT turns into vector code, and a block stays in
 * the first-level cache.
 */
final class FloatFormat {
    private static final int BLOCK = 2048;
    private static final int MAGNITUDE = 0x7fff_ffff;
    private static final int INFINITY = 0x7f80_0000;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private FloatFormat() {}

    /**
     * Converts to float32; F64 is rounded to nearest, even on a tie.
     *
     * @param type F16, BF16, F32 or F64
     * @param source elements as a checkpoint holds them
     * @param target receives as many floats
     */
    static void toFloat32(ElementType type, MemorySegment source, MemorySegment target) {
        long size = elements(type, source.byteSize(), target.byteSize());
        float[] floats = new float[BLOCK];
        short[] shorts = new short[BLOCK];
        double[] doubles = new double[type == ElementType.F64 ? BLOCK : 0];
        for (long start = 0; start < size; start += BLOCK) {
            int count = (int) Math.min(BLOCK, size - start);
            long offset = type.bytes(start);
            switch (type) {
                case F32 -> MemorySegment.copy(source, FLOAT, offset, floats, 0, count);
                case F16 -> {
                    MemorySegment.copy(source, SHORT, offset, shorts, 0, count);
                    for (int i = 0; i < count; i++) {
                        floats[i] = Float.float16ToFloat(shorts[i]);
                    }
                }
                case BF16 -> {
                    MemorySegment.copy(source, SHORT, offset, shorts, 0, count);
                    for (int i = 0; i < count; i++) {
                        floats[i] = Float.intBitsToFloat(shorts[i] << 16);
                    }
                }
                default -> {
                    MemorySegment.copy(source, DOUBLE, offset, doubles, 0, count);
                    for (int i = 0; i < count; i++) {
                        floats[i] = (float) doubles[i];
                    }
                }
            }
            MemorySegment.copy(floats, 0, target, ValueLayout.JAVA_FLOAT_UNALIGNED, start * Float.BYTES, count);
        }
    }

    /**
     * Converts from float32, rounding to nearest, even on a tie; what is beyond the largest number of the format becomes an
     * infinity.
     *
     * @param source floats
     * @param type F16, BF16, F32 or F64
     * @param target receives as many elements as a checkpoint holds them
     */
    static void fromFloat32(MemorySegment source, ElementType type, MemorySegment target) {
        long size = elements(type, target.byteSize(), source.byteSize());
        float[] floats = new float[BLOCK];
        short[] shorts = new short[BLOCK];
        double[] doubles = new double[type == ElementType.F64 ? BLOCK : 0];
        for (long start = 0; start < size; start += BLOCK) {
            int count = (int) Math.min(BLOCK, size - start);
            long offset = type.bytes(start);
            MemorySegment.copy(source, ValueLayout.JAVA_FLOAT_UNALIGNED, start * Float.BYTES, floats, 0, count);
            switch (type) {
                case F32 -> MemorySegment.copy(floats, 0, target, FLOAT, offset, count);
                case F16 -> {
                    for (int i = 0; i < count; i++) {
                        shorts[i] = Float.floatToFloat16(floats[i]);
                    }
                    MemorySegment.copy(shorts, 0, target, SHORT, offset, count);
                }
                case BF16 -> {
                    for (int i = 0; i < count; i++) {
                        shorts[i] = bfloat16(floats[i]);
                    }
                    MemorySegment.copy(shorts, 0, target, SHORT, offset, count);
                }
                default -> {
                    for (int i = 0; i < count; i++) {
                        doubles[i] = floats[i];
                    }
                    MemorySegment.copy(doubles, 0, target, DOUBLE, offset, count);
                }
            }
        }
    }

    /** Index of the first NaN or infinity among the floats, -1 if all are finite. */
    static long firstNonFinite(MemorySegment floats) {
        long size = floats.byteSize() / Float.BYTES;
        int[] bits = new int[BLOCK];
        for (long start = 0; start < size; start += BLOCK) {
            int count = (int) Math.min(BLOCK, size - start);
            MemorySegment.copy(floats, ValueLayout.JAVA_INT_UNALIGNED, start * Float.BYTES, bits, 0, count);
            int largest = 0;
            for (int i = 0; i < count; i++) {
                largest = Math.max(largest, bits[i] & MAGNITUDE);
            }
            if (largest >= INFINITY) {
                for (int i = 0; i < count; i++) {
                    if ((bits[i] & MAGNITUDE) >= INFINITY) {
                        return start + i;
                    }
                }
            }
        }
        return -1;
    }

    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int rounded = bits + 0x7fff + ((bits >>> 16) & 1);
        // A NaN must not be rounded: its payload could carry over into the exponent and sign.
        int result = (bits & MAGNITUDE) > INFINITY ? bits | 0x0040_0000 : rounded;
        return (short) (result >>> 16);
    }

    private static long elements(ElementType type, long encodedBytes, long floatBytes) {
        Preconditions.checkArgument(type.isFloat(), "%s is not a floating-point format", type);
        long size = floatBytes / Float.BYTES;
        Preconditions.checkArgument(
                floatBytes % Float.BYTES == 0 && type.bytes(size) == encodedBytes,
                "%s bytes of %s are not as many elements as %s bytes of float32",
                encodedBytes,
                type,
                floatBytes);
        return size;
    }
}
