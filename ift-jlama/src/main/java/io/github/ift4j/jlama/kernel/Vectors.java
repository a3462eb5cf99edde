package io.github.ift4j.jlama.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * What all vector kernels share: the vector width, loads and stores with a masked tail, a fixed-order sum and an exponential that
 * give the same bits in the interpreter and in compiled code.
 *
 * <p>The width is the processor's own; the system property {@code ift.vector.bits} (128, 256 or 512) forces another one.
 */
final class Vectors {
    static final VectorSpecies<Float> SPECIES = species();
    static final int LANES = SPECIES.length();

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final float LOG2_E = 1.442695040888963f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** Adding 1.5 x 2^23 rounds to the nearest whole number, which then stands in the low bits of the mantissa. */
    private static final float ROUND = 12582912f;

    private static final float EXP_LOWEST = -87.33654f;
    private static final float EXP_HIGHEST = 88.37626f;

    private Vectors() {}

    private static VectorSpecies<Float> species() {
        int bits = Integer.getInteger("ift.vector.bits", FloatVector.SPECIES_PREFERRED.vectorBitSize());
        return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    static FloatVector load(MemorySegment segment, long index) {
        return FloatVector.fromMemorySegment(SPECIES, segment, index * Float.BYTES, ORDER);
    }

    static FloatVector load(MemorySegment segment, long index, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, segment, index * Float.BYTES, ORDER, mask);
    }

    static void store(FloatVector vector, MemorySegment segment, long index) {
        vector.intoMemorySegment(segment, index * Float.BYTES, ORDER);
    }

    static void store(FloatVector vector, MemorySegment segment, long index, VectorMask<Float> mask) {
        vector.intoMemorySegment(segment, index * Float.BYTES, ORDER, mask);
    }

    /** Mask of the lanes left when {@code count} elements are done in whole vectors. */
    static VectorMask<Float> tail(int count) {
        return SPECIES.indexInRange(count - count % LANES, count);
    }

    /** Number of elements in whole vectors. */
    static int whole(int count) {
        return count - count % LANES;
    }

    /** Sum of the lanes, first to last; {@code scratch} has room for {@link #LANES}. */
    static double sum(FloatVector vector, float[] scratch) {
        vector.intoArray(scratch, 0);
        double sum = 0;
        for (int lane = 0; lane < LANES; lane++) {
            sum += scratch[lane];
        }
        return sum;
    }

    /** Largest lane; {@code scratch} has room for {@link #LANES}. */
    static float max(FloatVector vector, float[] scratch) {
        vector.intoArray(scratch, 0);
        float max = scratch[0];
        for (int lane = 1; lane < LANES; lane++) {
            max = Math.max(max, scratch[lane]);
        }
        return max;
    }

    /**
     * e^x to about one unit in the last place, 0 below -87.3 and NaN for NaN: Cody-Waite reduction and the polynomial of degree
     * five of the Cephes library (Moshier).
     */
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(EXP_LOWEST).min(EXP_HIGHEST);
        FloatVector shifted =
                clamped.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUND));
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(SPECIES, 1.9875691500e-4f);
        p = p.fma(r, FloatVector.broadcast(SPECIES, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector result = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return result.blend(0f, x.compare(VectorOperators.LT, EXP_LOWEST));
    }
}
