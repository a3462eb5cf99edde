package io.github.ift4j.jlama.runtime;

import com.github.tjake.jlama.tensor.operations.TensorOperationsProvider;
import io.github.ift4j.jlama.checkpoint.SegmentWeightLoader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Does the steps it is given, in order, and prints what comes of them. */
final class VectorApiProbe {
    private VectorApiProbe() {}

    public static void main(String[] steps) {
        for (String step : steps) {
            try {
                switch (step) {
                    case "require" -> VectorApi.require();
                    case "load" -> new SegmentWeightLoader(List.of());
                    case "jlama" -> TensorOperationsProvider.get();
                    case "access" -> System.out.println(access());
                    default -> throw new AssertionError(step);
                }
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** Reads beyond the end of a segment, inside memory of its own, after the read has been compiled. */
    private static String access() {
        VectorSpecies<Float> species = FloatVector.SPECIES_PREFERRED;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment once =
                    arena.allocate(2L * species.vectorByteSize(), 64).asSlice(0, species.vectorByteSize());
            float sum = 0;
            for (int i = 0; i < 50_000; i++) {
                sum += read(species, once, 0);
            }
            sum += read(species, once, Float.BYTES);
            return "read " + sum;
        } catch (IndexOutOfBoundsException e) {
            return "out of bounds";
        }
    }

    private static float read(VectorSpecies<Float> species, MemorySegment segment, long offset) {
        return FloatVector.fromMemorySegment(species, segment, offset, ByteOrder.nativeOrder())
                .lane(0);
    }
}
