package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rounds float32 to bfloat16, the upper half of a float32: to the nearest, ties to the even one, as PyTorch does. What rounds beyond the
 * largest number becomes infinite; NaN stays NaN.
 */
final class Bfloat16 {
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, Vectors.SPECIES.vectorShape());
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Vectors.SPECIES.vectorBitSize() / 2));
    private static final int BELOW_HALF = 0x7fff;
    private static final int INFINITY = 0x7f80_0000;
    private static final int MAGNITUDE = 0x7fff_ffff;
    private static final int QUIET = 0x40_0000;
    private static final int NUMBERS_PER_TASK = 32_768;

    private Bfloat16() {}

    /** The bits of one rounded number. */
    static short round(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & MAGNITUDE) > INFINITY) {
            return (short) ((bits | QUIET) >> Short.SIZE);
        }
        return (short) (bits + BELOW_HALF + (bits >>> Short.SIZE & 1) >> Short.SIZE);
    }

    /**
     * Rounds all numbers of a segment.
     *
     * @param from float32
     * @param to room for as many bfloat16
     */
    static void round(Workers workers, MemorySegment from, MemorySegment to) {
        long count = from.byteSize() / Float.BYTES;
        Preconditions.checkArgument(to.byteSize() >= count * Short.BYTES, "no room for %s numbers", count);
        int tasks = Math.toIntExact((count + NUMBERS_PER_TASK - 1) / NUMBERS_PER_TASK);
        workers.forEach(tasks, (task, worker) -> {
            long first = (long) task * NUMBERS_PER_TASK;
            round(from, first, to, first, (int) Math.min(NUMBERS_PER_TASK, count - first));
        });
    }

    /**
     * Rounds a matrix into a dense one of more rows, the further ones zero.
     *
     * @param to bfloat16 [rows, from.cols()]
     */
    static void round(Workers workers, Matrix from, MemorySegment to, int rows) {
        int cols = from.cols();
        RowBlocks.forEach(workers, rows, cols, (first, last, worker) -> {
            for (int row = first; row < Math.min(last, from.rows()); row++) {
                round(from.segment(), from.rowIndex(row), to, (long) row * cols, cols);
            }
            long empty = (long) Math.max(first, from.rows()) * cols * Short.BYTES;
            long end = (long) last * cols * Short.BYTES;
            if (empty < end) {
                to.asSlice(empty, end - empty).fill((byte) 0);
            }
        });
    }

    private static void round(MemorySegment from, long fromIndex, MemorySegment to, long toIndex, int count) {
        int whole = Vectors.whole(count);
        for (int i = 0; i < whole; i += Vectors.LANES) {
            IntVector bits = IntVector.fromMemorySegment(
                    INTS, NativeMemory.check(from), (fromIndex + i) * Float.BYTES, ByteOrder.nativeOrder());
            IntVector odd = bits.lanewise(VectorOperators.LSHR, Short.SIZE).and(1);
            VectorMask<Integer> nan = bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITY);
            IntVector rounded = bits.add(BELOW_HALF).add(odd).blend(bits.or(QUIET), nan);
            ShortVector upper = (ShortVector)
                    rounded.lanewise(VectorOperators.LSHR, Short.SIZE).convertShape(VectorOperators.I2S, SHORTS, 0);
            upper.intoMemorySegment(NativeMemory.check(to), (toIndex + i) * Short.BYTES, ByteOrder.nativeOrder());
        }
        for (int i = whole; i < count; i++) {
            to.setAtIndex(
                    ValueLayout.JAVA_SHORT, toIndex + i, round(from.getAtIndex(ValueLayout.JAVA_FLOAT, fromIndex + i)));
        }
    }
}
