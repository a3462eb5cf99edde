package io.github.ift4j.core.policy;

import com.google.common.base.Preconditions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A named tensor of trainable float32 numbers and its gradient, both row-major in native memory that a policy owns. */
public final class Parameter {
    private final String name;
    private final List<Integer> shape;
    private final long size;
    private final MemorySegment value;
    private final MemorySegment gradient;
    private boolean gradientPresent;

    /**
     * @param name name as in the checkpoint
     * @param shape dimensions, outermost first
     * @param value {@code size} floats in native byte order
     * @param gradient {@code size} floats, zero
     */
    public Parameter(String name, List<Integer> shape, MemorySegment value, MemorySegment gradient) {
        this.name = name;
        this.shape = List.copyOf(shape);
        this.size = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        Preconditions.checkArgument(
                value.byteSize() == size * Float.BYTES && gradient.byteSize() == size * Float.BYTES,
                "parameter %s of shape %s needs %s bytes for its value and its gradient, got %s and %s",
                name,
                shape,
                size * Float.BYTES,
                value.byteSize(),
                gradient.byteSize());
        this.value = value;
        this.gradient = gradient;
    }

    /** Name as in the checkpoint. */
    public String name() {
        return name;
    }

    /** Dimensions, outermost first. */
    public List<Integer> shape() {
        return shape;
    }

    /** Number of elements. */
    public long size() {
        return size;
    }

    /** The weights. */
    public MemorySegment value() {
        return value;
    }

    /** The accumulated gradient; it holds anything while {@link #hasGradient()} is false. */
    public MemorySegment gradient() {
        return gradient;
    }

    /** Whether a backward pass reached this parameter since the last {@link #clearGradient()}; optimisers skip it if not. */
    public boolean hasGradient() {
        return gradientPresent;
    }

    /** Called by the policy before it adds to the gradient, which is zero if none was there. */
    public void markGradient() {
        if (!gradientPresent) {
            gradient.fill((byte) 0);
            gradientPresent = true;
        }
    }

    /**
     * Called in place of {@link #markGradient()} by a policy that is able to write a whole gradient at once, so that the zeros need
     * not be written before.
     *
     * @return whether it must add to the gradient; else it must overwrite all of it
     */
    public boolean beginGradient() {
        boolean add = gradientPresent;
        gradientPresent = true;
        return add;
    }

    /** Forgets the gradient. */
    public void clearGradient() {
        gradientPresent = false;
    }

    /** Element {@code index} of the value, for tests and messages. */
    public float get(long index) {
        return value.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    @Override
    public String toString() {
        return name + shape;
    }
}
