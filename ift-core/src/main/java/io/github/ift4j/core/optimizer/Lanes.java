package io.github.ift4j.core.optimizer;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector access to float tensors. The optimisers use additions, products, quotients, roots and fused multiply-adds only, all
 * of them rounded exactly, so a lane holds what the scalar operation gives.
 *
 * <p>Loops handle whole vectors without a mask and the rest after them: with AVX2 a mask in a loop puts its vectors on the heap.
 */
final class Lanes {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int LENGTH = SPECIES.length();

    private Lanes() {}

    /** Where the whole vectors from an index on end. */
    static long whole(long from, long to) {
        return to - (to - from) % LENGTH;
    }

    /** The lanes that are left after the whole vectors. */
    static VectorMask<Float> tail(long whole, long to) {
        return SPECIES.indexInRange(whole, to);
    }

    static FloatVector load(MemorySegment tensor, long index) {
        return FloatVector.fromMemorySegment(
                SPECIES, NativeMemory.check(tensor), index * Float.BYTES, ByteOrder.nativeOrder());
    }

    static FloatVector load(MemorySegment tensor, long index, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(
                SPECIES, NativeMemory.check(tensor), index * Float.BYTES, ByteOrder.nativeOrder(), mask);
    }

    static void store(FloatVector values, MemorySegment tensor, long index) {
        values.intoMemorySegment(NativeMemory.check(tensor), index * Float.BYTES, ByteOrder.nativeOrder());
    }

    static void store(FloatVector values, MemorySegment tensor, long index, VectorMask<Float> mask) {
        values.intoMemorySegment(NativeMemory.check(tensor), index * Float.BYTES, ByteOrder.nativeOrder(), mask);
    }

    static void checkStep(double learningRate, double gradientScale) {
        Preconditions.checkArgument(
                Double.isFinite(learningRate) && learningRate >= 0,
                "the learning rate must be a number of at least 0, was %s",
                learningRate);
        Preconditions.checkArgument(
                Double.isFinite(gradientScale),
                "the scale of the gradients must be a finite number, was %s",
                gradientScale);
    }
}
