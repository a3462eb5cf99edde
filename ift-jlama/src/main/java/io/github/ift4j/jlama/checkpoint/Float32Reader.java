package io.github.ift4j.jlama.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/** Copies tensors of mapped files into memory of their own, as finite float32 in native byte order. */
final class Float32Reader {
    private static final long CACHE_LINE = 64;

    private Float32Reader() {}

    /**
     * A tensor of floating-point numbers.
     *
     * @param arena owner of the memory, which is aligned to 64 bytes
     * @throws CheckpointException when it is of another type, or holds NaN or infinity
     */
    static MemorySegment read(TensorEntry tensor, Arena arena) {
        if (!tensor.type().isFloat()) {
            throw new CheckpointException(where(tensor) + " is stored as " + tensor.type()
                    + "; weights must be F32, F16, BF16 or F64, or Q4 or I8 with factors of blocks beside them");
        }
        return read(tensor, arena, floats -> FloatFormat.toFloat32(tensor.type(), tensor.segment(), floats));
    }

    /**
     * A quantised weight.
     *
     * @param arena owner of the memory, which is aligned to 64 bytes
     * @throws CheckpointException when a number times its factor is not finite
     */
    static MemorySegment read(QuantisedBlocks blocks, Arena arena) {
        return read(blocks.numbers(), arena, floats -> blocks.toFloat32(0, floats));
    }

    private static MemorySegment read(TensorEntry tensor, Arena arena, Consumer<MemorySegment> conversion) {
        MemorySegment floats = arena.allocate(Math.multiplyExact(tensor.size(), (long) Float.BYTES), CACHE_LINE);
        try {
            conversion.accept(floats);
        } catch (InternalError e) {
            // How the JVM reports a page of a mapped file that can no longer be read.
            throw new CheckpointException(
                    where(tensor) + " cannot be read: the file was cut short or its disk failed", e);
        }
        long index = FloatFormat.firstNonFinite(floats);
        if (index >= 0) {
            throw new CheckpointException(where(tensor) + " holds "
                    + floats.getAtIndex(ValueLayout.JAVA_FLOAT, index) + " at index "
                    + Names.position(index, tensor.shape()) + "; all weights must be finite");
        }
        return floats;
    }

    private static String where(TensorEntry tensor) {
        return tensor.file() + ": tensor " + Names.quote(tensor.name());
    }
}
