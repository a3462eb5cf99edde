package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.StoredWeights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Where a decoder's weights come from. */
interface WeightSource {
    /** Whether there is a tensor of that name. */
    boolean has(String name);

    /**
     * A tensor as float32 in native byte order.
     *
     * @param shape the shape it must have
     * @param arena owner of the memory
     */
    MemorySegment load(String name, List<Integer> shape, Arena arena);

    /**
     * A matrix as it is stored, valid as long as the source; empty where it is only to be had as float32 by {@link #load}.
     *
     * @param rows of the matrix
     * @param cols of the matrix
     */
    default Optional<StoredWeights> stored(String name, int rows, int cols) {
        return Optional.empty();
    }
}
