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

    /**
     * Takes a word of each column at a time, four numbers, and the factors of its unit with it, because a loop in the loop would cost more.
     *
     * <p>Written out, since HotSpot inlines the JDK's operations on vectors into a method of any size, but not a method of ours into a large
     * one, and vectors that reach a call are put on the heap: 30 tokens a second in place of 150, 16 in place of 200 with four bits.
     */
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
        MemorySegment row = NativeMemory.check(left);
        MemorySegment panel = NativeMemory.check(from);
        for (int i = 0; i < 8 * units; i++) {
            long l = leftAt + 4L * i * Float.BYTES;
            long f = source + (i >> 3) * 9 * STRIDE;
            long w = f + STRIDE + (i & 7) * STRIDE;
            FloatVector f0 = FloatVector.fromMemorySegment(SPECIES, panel, f, ORDER);
            FloatVector f1 = FloatVector.fromMemorySegment(SPECIES, panel, f + VECTOR_BYTES, ORDER);
            IntVector w0 = IntVector.fromMemorySegment(INTS, panel, w, ORDER);
            IntVector w1 = IntVector.fromMemorySegment(INTS, panel, w + VECTOR_BYTES, ORDER);
            FloatVector x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + 2 * Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 24)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + 3 * Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.ASHR, 24).convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
        }
        c0.intoMemorySegment(NativeMemory.check(c), at, ORDER);
        c1.intoMemorySegment(NativeMemory.check(c), at + VECTOR_BYTES, ORDER);
    }

    /** As {@link #eightBits}, with eight numbers in a word. */
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
        MemorySegment row = NativeMemory.check(left);
        MemorySegment panel = NativeMemory.check(from);
        for (int i = 0; i < 4 * units; i++) {
            long l = leftAt + 8L * i * Float.BYTES;
            long f = source + (i >> 2) * 5 * STRIDE;
            long w = f + STRIDE + (i & 3) * STRIDE;
            FloatVector f0 = FloatVector.fromMemorySegment(SPECIES, panel, f, ORDER);
            FloatVector f1 = FloatVector.fromMemorySegment(SPECIES, panel, f + VECTOR_BYTES, ORDER);
            IntVector w0 = IntVector.fromMemorySegment(INTS, panel, w, ORDER);
            IntVector w1 = IntVector.fromMemorySegment(INTS, panel, w + VECTOR_BYTES, ORDER);
            FloatVector x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 28)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 28)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 24)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + 2 * Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 20)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 20)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + 3 * Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 16)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + 4 * Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 12)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 12)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + 5 * Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 8)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + 6 * Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.LSHL, 4)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.LSHL, 4)
                                    .lanewise(VectorOperators.ASHR, 28)
                                    .convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
            x = FloatVector.broadcast(SPECIES, row.get(ValueLayout.JAVA_FLOAT, l + 7 * Float.BYTES));
            c0 = x.fma(
                    ((FloatVector) w0.lanewise(VectorOperators.ASHR, 28).convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f0),
                    c0);
            c1 = x.fma(
                    ((FloatVector) w1.lanewise(VectorOperators.ASHR, 28).convertShape(VectorOperators.I2F, SPECIES, 0))
                            .mul(f1),
                    c1);
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

    private static IntVector words(MemorySegment from, long at) {
        return IntVector.fromMemorySegment(INTS, NativeMemory.check(from), at, ORDER);
    }

    private static FloatVector scalar(MemorySegment segment, long at) {
        return FloatVector.broadcast(SPECIES, NativeMemory.check(segment).get(ValueLayout.JAVA_FLOAT, at));
    }
}
