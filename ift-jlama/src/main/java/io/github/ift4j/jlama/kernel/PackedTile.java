package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import io.github.ift4j.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Turns packed weights of fewer bits into a panel of float32, as {@link GemmTile} reads it, on the way to a product. Lanes stay where they
 * are: a vector of words becomes as many vectors of numbers as weights are in a word. Addresses are in bytes.
 */
final class PackedTile {
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SPECIES.vectorShape());
    private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;
    private static final long STRIDE = GemmTile.STRIDE;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int UPPER_HALF = 0xffff_0000;

    private PackedTile() {}

    /**
     * Columns {@code col} (inclusive, the first of a unit) to {@code colEnd} (exclusive) of a panel.
     *
     * @param to receives [colEnd - col, GemmTile.COLS], and whole units of it: up to 31 rows more
     */
    static void unpack(PackedWeights weights, int panel, int col, int colEnd, MemorySegment to, long at) {
        MemorySegment from = weights.panels();
        long source = weights.panelByte(panel, col);
        int units = weights.format().units(colEnd - col);
        switch (weights.format()) {
            case BFLOAT16 -> halves(units, from, source, to, at);
            case EIGHT_BITS -> eightBits(units, from, source, to, at);
            case FOUR_BITS -> fourBits(units, from, source, to, at);
            case FLOAT32 -> throw new IllegalArgumentException("float32 weights are not unpacked");
        }
    }

    private static void halves(int units, MemorySegment from, long source, MemorySegment to, long at) {
        for (int unit = 0; unit < units; unit++, source += STRIDE, at += 2 * STRIDE) {
            for (long v = 0; v < STRIDE; v += VECTOR_BYTES) {
                IntVector word = words(from, source + v);
                store(word.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), to, at + v);
                store(word.and(UPPER_HALF).reinterpretAsFloats(), to, at + STRIDE + v);
            }
        }
    }

    private static void eightBits(int units, MemorySegment from, long source, MemorySegment to, long at) {
        for (int unit = 0; unit < units; unit++) {
            for (long v = 0; v < STRIDE; v += VECTOR_BYTES) {
                FloatVector factor = words(from, source + v).reinterpretAsFloats();
                long target = at + v;
                for (int w = 1; w <= 8; w++, target += 4 * STRIDE) {
                    IntVector word = words(from, source + w * STRIDE + v);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 24), 24, factor), to, target);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 16), 24, factor), to, target + STRIDE);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 8), 24, factor), to, target + 2 * STRIDE);
                    store(scaled(word, 24, factor), to, target + 3 * STRIDE);
                }
            }
            source += 9 * STRIDE;
            at += 32 * STRIDE;
        }
    }

    private static void fourBits(int units, MemorySegment from, long source, MemorySegment to, long at) {
        for (int unit = 0; unit < units; unit++) {
            for (long v = 0; v < STRIDE; v += VECTOR_BYTES) {
                FloatVector factor = words(from, source + v).reinterpretAsFloats();
                long target = at + v;
                for (int w = 1; w <= 4; w++, target += 8 * STRIDE) {
                    IntVector word = words(from, source + w * STRIDE + v);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 28), 28, factor), to, target);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 24), 28, factor), to, target + STRIDE);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 20), 28, factor), to, target + 2 * STRIDE);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 16), 28, factor), to, target + 3 * STRIDE);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 12), 28, factor), to, target + 4 * STRIDE);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 8), 28, factor), to, target + 5 * STRIDE);
                    store(scaled(word.lanewise(VectorOperators.LSHL, 4), 28, factor), to, target + 6 * STRIDE);
                    store(scaled(word, 28, factor), to, target + 7 * STRIDE);
                }
            }
            source += 5 * STRIDE;
            at += 32 * STRIDE;
        }
    }

    /** The whole numbers in the highest bits times the factors. */
    private static FloatVector scaled(IntVector high, int below, FloatVector factor) {
        IntVector number = high.lanewise(VectorOperators.ASHR, below);
        return ((FloatVector) number.convertShape(VectorOperators.I2F, SPECIES, 0)).mul(factor);
    }

    private static IntVector words(MemorySegment from, long at) {
        return IntVector.fromMemorySegment(INTS, NativeMemory.check(from), at, ORDER);
    }

    private static void store(FloatVector vector, MemorySegment to, long at) {
        vector.intoMemorySegment(NativeMemory.check(to), at, ORDER);
    }
}
