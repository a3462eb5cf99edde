package io.github.ift4j.jlama.decoder;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

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
}
