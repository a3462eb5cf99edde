package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.policy.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A named float32 tensor in memory that somebody else owns.
 *
 * @param name name as in the checkpoint
 * @param shape dimensions, outermost first
 * @param segment its elements, row-major, native byte order
 */
public record Float32Tensor(String name, List<Integer> shape, MemorySegment segment) {
    public Float32Tensor {
        shape = List.copyOf(shape);
        long size = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        Preconditions.checkArgument(
                segment.byteSize() == Math.multiplyExact(size, (long) Float.BYTES),
                "tensor %s of shape %s needs %s bytes, got %s",
                name,
                shape,
                size * Float.BYTES,
                segment.byteSize());
    }

    /** The parameter's weights; what an optimiser does to them is seen here. */
    public static Float32Tensor of(Parameter parameter) {
        return new Float32Tensor(parameter.name(), parameter.shape(), parameter.value());
    }

    /** Number of elements. */
    public long size() {
        return segment.byteSize() / Float.BYTES;
    }
}
