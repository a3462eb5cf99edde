package io.github.ift4j.jlama.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor as a safetensors file holds it.
 *
 * @param name its name
 * @param type type of its elements
 * @param shape dimensions, outermost first; empty for a single number
 * @param file the file that holds it
 * @param segment its bytes, little-endian, row-major, of any alignment; read-only, valid until the file is closed
 */
public record TensorEntry(String name, ElementType type, List<Integer> shape, Path file, MemorySegment segment) {
    public TensorEntry {
        shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long size() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
}
