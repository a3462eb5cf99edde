package io.github.ift4j.jlama.kernel;

import io.github.ift4j.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * What all vector kernels share: the vector width, loads and stores with a masked tail, a fixed-order sum, an exponential and a
 * hyperbolic tangent that give the same bits in the interpreter and in compiled code.
 *
 * <p>The width is the processor's own; the system property {@code ift.vector.bits} (128, 256 or 512) forces another one.
 */
final class Vectors {
    static final VectorSpecies<Float> SPECIES = species();
    static final int LANES = SPECIES.length();
    /** Float64 vectors of the same number of bits, for sums that must not lose what they add. */
    static final VectorSpecies<Double> WIDE = VectorSpecies.of(double.class, SPECIES.vectorShape());

    static final int WIDE_LANES = WIDE.length();

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    // Constants are vectors and not numbers that each use makes one of: the compiler stops inlining when a loop has
    // become
    // large, and vectors that reach a call are put on the heap.
    private static final FloatVector ONE = all(1f);
    private static final FloatVector LOG2_E = all(1.442695040888963f);
    private static final FloatVector MINUS_LN2_HIGH = all(-0.693359375f);
    private static final FloatVector MINUS_LN2_LOW = all(2.12194440e-4f);
    /** Adding 1.5 x 2^23 rounds to the nearest whole number, which then stands in the low bits of the mantissa. */
    private static final FloatVector ROUND = all(12582912f);

    private static final FloatVector EXP_LOWEST = all(-87.33654f);
    private static final FloatVector EXP_HIGHEST = all(88.37626f);
    private static final FloatVector EXP_1 = all(5.0000001201e-1f);
    private static final FloatVector EXP_2 = all(1.6666665459e-1f);
    private static final FloatVector EXP_3 = all(4.1665795894e-2f);
    private static final FloatVector EXP_4 = all(8.3334519073e-3f);
    private static final FloatVector EXP_5 = all(1.3981999507e-3f);
    private static final FloatVector EXP_6 = all(1.9875691500e-4f);
    /** Below this the polynomial for tanh, from it on the formula with the exponential. */
    private static final float TANH_SPLIT = 0.625f;

    private static final int SIGN = 0x8000_0000;

    private Vectors() {}

    private static VectorSpecies<Float> species() {
        int bits = Integer.getInteger("ift.vector.bits", FloatVector.SPECIES_PREFERRED.vectorBitSize());
        return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    static FloatVector load(MemorySegment segment, long index) {
        return FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(segment), index * Float.BYTES, ORDER);
    }

    static FloatVector load(MemorySegment segment, long index, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(segment), index * Float.BYTES, ORDER, mask);
    }

    static void store(FloatVector vector, MemorySegment segment, long index) {
        vector.intoMemorySegment(NativeMemory.check(segment), index * Float.BYTES, ORDER);
    }

    static void store(FloatVector vector, MemorySegment segment, long index, VectorMask<Float> mask) {
        vector.intoMemorySegment(NativeMemory.check(segment), index * Float.BYTES, ORDER, mask);
    }

    /**
     * {@link #WIDE_LANES} float32 numbers as float64; as many again are read, but not used. A vector of half the size would do, but
     * while it is interpreted, conversion stores it in an array, and HotSpot then takes every vector that is stored in one for either size.
     */
    static DoubleVector loadWide(MemorySegment segment, long index) {
        return (DoubleVector) load(segment, index).convertShape(VectorOperators.F2D, WIDE, 0);
    }

    /** Mask of the lanes left when {@code count} elements are done in whole vectors. */
    static VectorMask<Float> tail(int count) {
        return SPECIES.indexInRange(count - count % LANES, count);
    }

    /** Number of elements in whole vectors. */
    static int whole(int count) {
        return count - count % LANES;
    }

    /** Number of elements in whole float64 vectors, with what {@link #loadWide} reads. */
    static int wholeWide(int count) {
        return count < LANES ? 0 : (count - LANES) / WIDE_LANES * WIDE_LANES + WIDE_LANES;
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

    /** Sum of the lanes, first to last; {@code scratch} has room for {@link #WIDE_LANES}. */
    static double sum(DoubleVector vector, double[] scratch) {
        vector.intoArray(scratch, 0);
        double sum = 0;
        for (int lane = 0; lane < WIDE_LANES; lane++) {
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
        // Blends, because max and min take five instructions each where a NaN must stay one. What comes of a number
        // below the lowest is
        // replaced at the end.
        FloatVector clamped = x.blend(EXP_HIGHEST, x.compare(VectorOperators.GT, EXP_HIGHEST));
        FloatVector shifted = clamped.fma(LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, clamped));
        FloatVector p =
                EXP_6.fma(r, EXP_5).fma(r, EXP_4).fma(r, EXP_3).fma(r, EXP_2).fma(r, EXP_1);
        p = p.fma(r.mul(r), r).add(ONE);
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector result = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return result.blend(0f, x.compare(VectorOperators.LT, EXP_LOWEST));
    }

    /** 1 / (1 + e^-x) to about two units in the last place. */
    static FloatVector sigmoid(FloatVector x) {
        return ONE.div(exp(x.neg()).add(ONE));
    }

    /**
     * tanh(x) to about one unit in the last place, NaN for NaN: for small |x| the odd polynomial of the Cephes library (Moshier),
     * else 1 - 2 / (e^2|x| + 1) with the sign of x.
     */
    static FloatVector tanh(FloatVector x) {
        FloatVector square = x.mul(x);
        FloatVector p = FloatVector.broadcast(SPECIES, -5.70498872745e-3f);
        p = p.fma(square, FloatVector.broadcast(SPECIES, 2.06390887954e-2f));
        p = p.fma(square, FloatVector.broadcast(SPECIES, -5.37397155531e-2f));
        p = p.fma(square, FloatVector.broadcast(SPECIES, 1.33314422036e-1f));
        p = p.fma(square, FloatVector.broadcast(SPECIES, -3.33332819422e-1f));
        FloatVector small = p.mul(square).fma(x, x);
        FloatVector magnitude = x.abs();
        FloatVector large = FloatVector.broadcast(SPECIES, 1f)
                .sub(FloatVector.broadcast(SPECIES, 2f)
                        .div(exp(magnitude.add(magnitude)).add(1f)));
        FloatVector signed =
                large.reinterpretAsInts().or(x.reinterpretAsInts().and(SIGN)).reinterpretAsFloats();
        return small.blend(signed, magnitude.compare(VectorOperators.GE, TANH_SPLIT));
    }
}
