package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Memory for float32 weights of one width that are to lie below each other, as if they were one weight: a single product then does the
 * work of several. It is taken from an arena when the first of them asks for its share.
 */
final class WeightStack implements Arena {
    private final Arena owner;
    private final int rows;
    private final int cols;
    private MemorySegment memory = MemorySegment.NULL;
    private long used;

    WeightStack(Arena owner, int rows, int cols) {
        this.owner = owner;
        this.rows = rows;
        this.cols = cols;
    }

    /** The next share; memory from elsewhere if it would not begin where the last one ended. */
    @Override
    public MemorySegment allocate(long bytes, long alignment) {
        if (used == 0) {
            memory = owner.allocate((long) rows * cols * Float.BYTES, alignment);
        }
        if (used % alignment != 0 || used + bytes > memory.byteSize()) {
            return owner.allocate(bytes, alignment);
        }
        MemorySegment share = memory.asSlice(used, bytes);
        used += bytes;
        return share;
    }

    /** All weights as one; empty unless all of them lie here. */
    Optional<Matrix> whole() {
        boolean complete = used > 0 && used == memory.byteSize();
        return complete ? Optional.of(Matrix.of(memory, rows, cols)) : Optional.empty();
    }

    @Override
    public MemorySegment.Scope scope() {
        return owner.scope();
    }

    /** Does nothing: the arena that the memory is taken from belongs to others. */
    @Override
    public void close() {}
}
