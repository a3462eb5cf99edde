package io.github.ift4j.core.memory;

import com.google.common.base.Preconditions;
import java.lang.foreign.MemorySegment;

/**
 * Tells the compiler that memory is native, for loops that read and write vectors.
 *
 * <p>In the interpreter the vector API reinterprets vectors by way of arrays, with the same methods that access memory here. HotSpot then
 * takes any segment for possibly one or the other: a loop that stores asks again for each vector which kind it is and whether it
 * is still open, and adding a number to a row costs eight times as much. A check that each access passes first settles that, and
 * leaves the loop.
 */
public final class NativeMemory {
    private NativeMemory() {}

    /**
     * The segment itself.
     *
     * @throws IllegalArgumentException when it lies on the heap
     */
    public static MemorySegment check(MemorySegment segment) {
        Preconditions.checkArgument(segment.isNative(), "kernels work on native memory, and this lies on the heap");
        return segment;
    }
}
