package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.runtime.HugePageArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory that is used again and again and grows to the largest matrix that was asked for. */
final class Buffer implements AutoCloseable {
    private static final long ALIGNMENT = 64;

    private Arena arena = new HugePageArena();
    private MemorySegment segment = MemorySegment.NULL;

    /** A matrix of the given size over the buffer's memory, whatever it holds; the one given before is void. */
    Matrix matrix(int rows, int cols) {
        long bytes = Math.max(1, (long) rows * cols) * Float.BYTES;
        if (segment.byteSize() < bytes) {
            arena.close();
            arena = new HugePageArena();
            segment = arena.allocate(bytes, ALIGNMENT);
        }
        return Matrix.of(segment, rows, cols);
    }

    @Override
    public void close() {
        arena.close();
    }
}
