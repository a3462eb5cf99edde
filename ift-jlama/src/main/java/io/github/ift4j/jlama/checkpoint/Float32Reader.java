package io.github.ift4j.jlama.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies tensors of mapped files into memory of their own, as finite float32 in native byte order, or only checks them. */
final class Float32Reader {
    private static final long CACHE_LINE = 64;

    private Float32Reader() {}

    /** Gives some of a tensor's numbers. */
    @FunctionalInterface
    private interface Conversion {
        /**
         * @param start index of the first
         * @param target receives as many floats as it has room for
         */
        void toFloat32(long start, MemorySegment target);
    }

    /**
     * A tensor of floating-point numbers.
     *
     * @param arena owner of the memory, which is aligned to 64 bytes
     * @throws CheckpointException when it is of another type, or holds NaN or infinity
     */
    static MemorySegment read(TensorEntry tensor, Arena arena) {
        return read(tensor, arena, conversion(tensor));
    }

    /**
     * A quantised weight.
     *
     * @param arena owner of the memory, which is aligned to 64 bytes
     * @throws CheckpointException when a number times its factor is not finite
     */
    static MemorySegment read(QuantisedBlocks blocks, Arena arena) {
        return read(blocks.numbers(), arena, blocks::toFloat32);
    }

    /**
     * Some numbers of a tensor of floating-point numbers.
     *
     * @param start index of the first
     * @param target receives as many floats as it has room for
     * @throws CheckpointException when it is of another type, or one of them is NaN or infinity
     */
    static void read(TensorEntry tensor, long start, MemorySegment target) {
        convert(tensor, start, target, conversion(tensor));
    }

    /** Checks a tensor as {@link #read(TensorEntry, Arena)} does, without a copy of all of it. */
    static void check(TensorEntry tensor) {
        check(tensor, conversion(tensor));
    }

    /** Checks a weight as {@link #read(QuantisedBlocks, Arena)} does, without a copy of all of it. */
    static void check(QuantisedBlocks blocks) {
        check(blocks.numbers(), blocks::toFloat32);
    }

    private static Conversion conversion(TensorEntry tensor) {
        ElementType type = tensor.type();
        if (!type.isFloat()) {
            throw new CheckpointException(where(tensor) + " is stored as " + type
                    + "; weights must be F32, F16, BF16 or F64, or Q4 or I8 with factors of blocks beside them");
        }
        return (start, target) -> {
            long bytes = type.bytes(target.byteSize() / Float.BYTES);
            FloatFormat.toFloat32(type, tensor.segment().asSlice(type.bytes(start), bytes), target);
        };
    }

    private static MemorySegment read(TensorEntry tensor, Arena arena, Conversion conversion) {
        MemorySegment floats = arena.allocate(Math.multiplyExact(tensor.size(), (long) Float.BYTES), CACHE_LINE);
        convert(tensor, 0, floats, conversion);
        return floats;
    }

    private static void check(TensorEntry tensor, Conversion conversion) {
        MemorySegment floats = MemorySegment.ofArray(new float[FloatChunks.ELEMENTS]);
        for (long start = 0; start < tensor.size(); start += FloatChunks.ELEMENTS) {
            long count = Math.min(FloatChunks.ELEMENTS, tensor.size() - start);
            convert(tensor, start, floats.asSlice(0, count * Float.BYTES), conversion);
        }
    }

    private static void convert(TensorEntry tensor, long start, MemorySegment floats, Conversion conversion) {
        try {
            conversion.toFloat32(start, floats);
        } catch (InternalError e) {
            // How the JVM reports a page of a mapped file that can no longer be read.
            throw new CheckpointException(
                    where(tensor) + " cannot be read: the file was cut short or its disk failed", e);
        }
        long index = FloatFormat.firstNonFinite(floats);
        if (index >= 0) {
            throw new CheckpointException(where(tensor) + " holds "
                    + floats.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index) + " at index "
                    + Names.position(start + index, tensor.shape()) + "; all weights must be finite");
        }
    }

    private static String where(TensorEntry tensor) {
        return tensor.file() + ": tensor " + Names.quote(tensor.name());
    }
}
