package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import io.github.ift4j.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The innermost loops of {@link VectorGemm}: a tile of {@value #ROWS} rows by two vectors, and of two rows and one, held in registers over the
 * whole depth. Addresses are in bytes.
 */
final class GemmTile {
    /** Height of a tile. */
    static final int ROWS = 6;
    /** Width of a tile. */
    static final int COLS = 2 * LANES;
    /** Bytes of a tile's row. */
    static final long STRIDE = (long) COLS * Float.BYTES;

    private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private GemmTile() {}

    /**
     * Twelve accumulators, two right vectors and one left scalar: all in sixteen vector registers. The accumulators always start
     * from memory, because a choice between a vector and zero would put them on the heap.
     *
     * <p>HotSpot would read all six scalars before it multiplies, and with sixteen registers keep accumulators in memory meanwhile, at
     * less than half of the speed. It moves nothing over a branch, so there are two that are never taken, which it can't know.
     *
     * @param left rows of the left operand, which need not be packed
     * @param leftStride distance between two of them, in bytes
     * @param rows how many rows there are; those that are missing repeat the last one
     */
    static void multiply(
            int depth,
            MemorySegment left,
            long leftAt,
            long leftStride,
            int rows,
            MemorySegment right,
            long rightAt,
            MemorySegment start,
            long startAt,
            long startStride,
            MemorySegment c,
            long at,
            long stride) {
        FloatVector c00 = vector(start, startAt);
        FloatVector c01 = vector(start, startAt + VECTOR_BYTES);
        FloatVector c10 = vector(start, startAt + startStride);
        FloatVector c11 = vector(start, startAt + startStride + VECTOR_BYTES);
        FloatVector c20 = vector(start, startAt + 2 * startStride);
        FloatVector c21 = vector(start, startAt + 2 * startStride + VECTOR_BYTES);
        FloatVector c30 = vector(start, startAt + 3 * startStride);
        FloatVector c31 = vector(start, startAt + 3 * startStride + VECTOR_BYTES);
        FloatVector c40 = vector(start, startAt + 4 * startStride);
        FloatVector c41 = vector(start, startAt + 4 * startStride + VECTOR_BYTES);
        FloatVector c50 = vector(start, startAt + 5 * startStride);
        FloatVector c51 = vector(start, startAt + 5 * startStride + VECTOR_BYTES);
        long l1 = leftAt + Math.min(1, rows - 1) * leftStride;
        long l2 = leftAt + Math.min(2, rows - 1) * leftStride;
        long l3 = leftAt + Math.min(3, rows - 1) * leftStride;
        long l4 = leftAt + Math.min(4, rows - 1) * leftStride;
        long l5 = leftAt + Math.min(5, rows - 1) * leftStride;
        int never = -rows;
        for (int i = 0; i < depth; i++) {
            long k = (long) i * Float.BYTES;
            long r = rightAt + i * STRIDE;
            FloatVector r0 = vector(right, r);
            FloatVector r1 = vector(right, r + VECTOR_BYTES);
            FloatVector x = scalar(left, leftAt + k);
            c00 = x.fma(r0, c00);
            c01 = x.fma(r1, c01);
            x = scalar(left, l1 + k);
            c10 = x.fma(r0, c10);
            c11 = x.fma(r1, c11);
            if (i + 2 == never) {
                break;
            }
            x = scalar(left, l2 + k);
            c20 = x.fma(r0, c20);
            c21 = x.fma(r1, c21);
            x = scalar(left, l3 + k);
            c30 = x.fma(r0, c30);
            c31 = x.fma(r1, c31);
            if (i + 4 == never) {
                break;
            }
            x = scalar(left, l4 + k);
            c40 = x.fma(r0, c40);
            c41 = x.fma(r1, c41);
            x = scalar(left, l5 + k);
            c50 = x.fma(r0, c50);
            c51 = x.fma(r1, c51);
        }
        c00.intoMemorySegment(NativeMemory.check(c), at, ORDER);
        c01.intoMemorySegment(NativeMemory.check(c), at + VECTOR_BYTES, ORDER);
        c10.intoMemorySegment(NativeMemory.check(c), at + stride, ORDER);
        c11.intoMemorySegment(NativeMemory.check(c), at + stride + VECTOR_BYTES, ORDER);
        c20.intoMemorySegment(NativeMemory.check(c), at + 2 * stride, ORDER);
        c21.intoMemorySegment(NativeMemory.check(c), at + 2 * stride + VECTOR_BYTES, ORDER);
        c30.intoMemorySegment(NativeMemory.check(c), at + 3 * stride, ORDER);
        c31.intoMemorySegment(NativeMemory.check(c), at + 3 * stride + VECTOR_BYTES, ORDER);
        c40.intoMemorySegment(NativeMemory.check(c), at + 4 * stride, ORDER);
        c41.intoMemorySegment(NativeMemory.check(c), at + 4 * stride + VECTOR_BYTES, ORDER);
        c50.intoMemorySegment(NativeMemory.check(c), at + 5 * stride, ORDER);
        c51.intoMemorySegment(NativeMemory.check(c), at + 5 * stride + VECTOR_BYTES, ORDER);
    }

    /** One row of plain memory times one panel. */
    static void multiplyRow(
            int depth,
            MemorySegment left,
            long leftAt,
            MemorySegment right,
            long rightAt,
            MemorySegment start,
            long startAt,
            MemorySegment c,
            long at) {
        FloatVector c0 = vector(start, startAt);
        FloatVector c1 = vector(start, startAt + VECTOR_BYTES);
        for (int i = 0; i < depth; i++) {
            FloatVector x = scalar(left, leftAt + (long) i * Float.BYTES);
            long r = rightAt + i * STRIDE;
            c0 = x.fma(vector(right, r), c0);
            c1 = x.fma(vector(right, r + VECTOR_BYTES), c1);
        }
        c0.intoMemorySegment(NativeMemory.check(c), at, ORDER);
        c1.intoMemorySegment(NativeMemory.check(c), at + VECTOR_BYTES, ORDER);
    }

    /** Two rows times one panel. */
    static void multiplyTwo(
            int depth,
            MemorySegment left,
            long leftAt,
            long leftStride,
            MemorySegment right,
            long rightAt,
            MemorySegment start,
            long startAt,
            long startStride,
            MemorySegment c,
            long at,
            long stride) {
        FloatVector c00 = vector(start, startAt);
        FloatVector c01 = vector(start, startAt + VECTOR_BYTES);
        FloatVector c10 = vector(start, startAt + startStride);
        FloatVector c11 = vector(start, startAt + startStride + VECTOR_BYTES);
        long l1 = leftAt + leftStride;
        for (int i = 0; i < depth; i++) {
            long k = (long) i * Float.BYTES;
            long r = rightAt + i * STRIDE;
            FloatVector r0 = vector(right, r);
            FloatVector r1 = vector(right, r + VECTOR_BYTES);
            FloatVector x = scalar(left, leftAt + k);
            c00 = x.fma(r0, c00);
            c01 = x.fma(r1, c01);
            x = scalar(left, l1 + k);
            c10 = x.fma(r0, c10);
            c11 = x.fma(r1, c11);
        }
        c00.intoMemorySegment(NativeMemory.check(c), at, ORDER);
        c01.intoMemorySegment(NativeMemory.check(c), at + VECTOR_BYTES, ORDER);
        c10.intoMemorySegment(NativeMemory.check(c), at + stride, ORDER);
        c11.intoMemorySegment(NativeMemory.check(c), at + stride + VECTOR_BYTES, ORDER);
    }

    /** Copies a corner of a tile, for tiles at the edge of a matrix. */
    static void copy(
            MemorySegment from,
            long fromAt,
            long fromStride,
            MemorySegment to,
            long toAt,
            long toStride,
            int rows,
            int cols) {
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(from, fromAt + row * fromStride, to, toAt + row * toStride, (long) cols * Float.BYTES);
        }
    }

    /** Copies one full row of a tile. */
    static void copyRow(MemorySegment from, long fromAt, MemorySegment to, long toAt) {
        vector(from, fromAt).intoMemorySegment(NativeMemory.check(to), toAt, ORDER);
        vector(from, fromAt + VECTOR_BYTES).intoMemorySegment(NativeMemory.check(to), toAt + VECTOR_BYTES, ORDER);
    }

    private static FloatVector vector(MemorySegment segment, long at) {
        return FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(segment), at, ORDER);
    }

    private static FloatVector scalar(MemorySegment segment, long at) {
        return FloatVector.broadcast(SPECIES, NativeMemory.check(segment).get(ValueLayout.JAVA_FLOAT, at));
    }
}
