package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import io.github.ift4j.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row times one panel of packed weights in the format in which they lie: the numbers that they stand for never leave the
 * registers, so that generating a token reads the weights and writes nothing but its result. Addresses are in bytes.
 */
final class PackedRow {
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;
    private static final long STRIDE = GemmTile.STRIDE;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int UPPER_HALF = 0xffff_0000;

    private PackedRow() {}

    /**
     * c = start + x · panelᵀ.
     *
     * @param left holds x, the input of the layer
     * @param start holds what the sums start from, {@link GemmTile#COLS} numbers
     * @param c receives {@link GemmTile#COLS} numbers; may be the start
     */
    static void multiply(
            PackedWeights weights,
            int panel,
            MemorySegment left,
            long leftAt,
            MemorySegment start,
            long startAt,
            MemorySegment c,
            long at) {
        MemorySegment from = weights.panels();
        long source = weights.panelByte(panel);
        int k = weights.cols();
        switch (weights.format()) {
            case FLOAT32 -> GemmTile.multiplyRow(k, left, leftAt, from, source, start, startAt, c, at);
            case BFLOAT16 -> halves(k, left, leftAt, from, source, start, startAt, c, at);
            case EIGHT_BITS -> eightBits(weights.format().units(k), left, leftAt, from, source, start, startAt, c, at);
            case FOUR_BITS -> fourBits(weights.format().units(k), left, leftAt, from, source, start, startAt, c, at);
        }
    }

    private static void halves(
            int k,
            MemorySegment left,
            long leftAt,
            MemorySegment from,
            long source,
            MemorySegment start,
            long startAt,
            MemorySegment c,
            long at) {
        FloatVector c0 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(start), startAt, ORDER);
        FloatVector c1 =
                FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(start), startAt + VECTOR_BYTES, ORDER);
        int pairs = k / 2;
        for (int i = 0; i < pairs; i++) {
            long l = leftAt + 2L * i * Float.BYTES;
            long s = source + i * STRIDE;
            IntVector w0 = words(from, s);
            IntVector w1 = words(from, s + VECTOR_BYTES);
            FloatVector x = scalar(left, l);
            c0 = x.fma(lower(w0), c0);
            c1 = x.fma(lower(w1), c1);
            x = scalar(left, l + Float.BYTES);
            c0 = x.fma(upper(w0), c0);
            c1 = x.fma(upper(w1), c1);
        }
        if (k % 2 != 0) {
            long s = source + pairs * STRIDE;
            FloatVector x = scalar(left, leftAt + 2L * pairs * Float.BYTES);
            c0 = x.fma(lower(words(from, s)), c0);
            c1 = x.fma(lower(words(from, s + VECTOR_BYTES)), c1);
        }
        c0.intoMemorySegment(NativeMemory.check(c), at, ORDER);
        c1.intoMemorySegment(NativeMemory.check(c), at + VECTOR_BYTES, ORDER);
    }

    private static void eightBits(
            int units,
            MemorySegment left,
            long leftAt,
            MemorySegment from,
            long source,
            MemorySegment start,
            long startAt,
            MemorySegment c,
            long at) {
        FloatVector c0 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(start), startAt, ORDER);
        FloatVector c1 =
                FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(start), startAt + VECTOR_BYTES, ORDER);
        long l = leftAt;
        long s = source;
        for (int unit = 0; unit < units; unit++, s += STRIDE) {
            FloatVector f0 = words(from, s).reinterpretAsFloats();
            FloatVector f1 = words(from, s + VECTOR_BYTES).reinterpretAsFloats();
            for (int w = 0; w < 8; w++) {
                s += STRIDE;
                IntVector w0 = words(from, s);
                IntVector w1 = words(from, s + VECTOR_BYTES);
                for (int above = 24; above >= 0; above -= 8, l += Float.BYTES) {
                    FloatVector x = scalar(left, l);
                    c0 = x.fma(scaled(w0.lanewise(VectorOperators.LSHL, above), 24, f0), c0);
                    c1 = x.fma(scaled(w1.lanewise(VectorOperators.LSHL, above), 24, f1), c1);
                }
            }
        }
        c0.intoMemorySegment(NativeMemory.check(c), at, ORDER);
        c1.intoMemorySegment(NativeMemory.check(c), at + VECTOR_BYTES, ORDER);
    }

    private static void fourBits(
            int units,
            MemorySegment left,
            long leftAt,
            MemorySegment from,
            long source,
            MemorySegment start,
            long startAt,
            MemorySegment c,
            long at) {
        FloatVector c0 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(start), startAt, ORDER);
        FloatVector c1 =
                FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(start), startAt + VECTOR_BYTES, ORDER);
        long l = leftAt;
        long s = source;
        for (int unit = 0; unit < units; unit++, s += STRIDE) {
            FloatVector f0 = words(from, s).reinterpretAsFloats();
            FloatVector f1 = words(from, s + VECTOR_BYTES).reinterpretAsFloats();
            for (int w = 0; w < 4; w++) {
                s += STRIDE;
                IntVector w0 = words(from, s);
                IntVector w1 = words(from, s + VECTOR_BYTES);
                for (int above = 28; above >= 0; above -= 4, l += Float.BYTES) {
                    FloatVector x = scalar(left, l);
                    c0 = x.fma(scaled(w0.lanewise(VectorOperators.LSHL, above), 28, f0), c0);
                    c1 = x.fma(scaled(w1.lanewise(VectorOperators.LSHL, above), 28, f1), c1);
                }
            }
        }
        c0.intoMemorySegment(NativeMemory.check(c), at, ORDER);
        c1.intoMemorySegment(NativeMemory.check(c), at + VECTOR_BYTES, ORDER);
    }

    private static FloatVector lower(IntVector word) {
        return word.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector upper(IntVector word) {
        return word.and(UPPER_HALF).reinterpretAsFloats();
    }

    /** The whole numbers in the highest bits times the factors. */
    private static FloatVector scaled(IntVector high, int below, FloatVector factor) {
        IntVector number = high.lanewise(VectorOperators.ASHR, below);
        return ((FloatVector) number.convertShape(VectorOperators.I2F, SPECIES, 0)).mul(factor);
    }

    private static IntVector words(MemorySegment from, long at) {
        return IntVector.fromMemorySegment(INTS, NativeMemory.check(from), at, ORDER);
    }

    private static FloatVector scalar(MemorySegment segment, long at) {
        return FloatVector.broadcast(SPECIES, NativeMemory.check(segment).get(ValueLayout.JAVA_FLOAT, at));
    }
}
