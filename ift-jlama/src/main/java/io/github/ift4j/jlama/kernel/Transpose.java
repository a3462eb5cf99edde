package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import io.github.ift4j.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Exchanges rows and columns of float32 matrices, in squares of as many rows as a vector has lanes.
 *
 * <p>In a square, the element at row r and column c goes to row c and column r. Each stage exchanges one bit of r with that of c, by
 * swapping lanes between the two rows whose numbers differ in that bit; after a stage for every bit the square is transposed. Two
 * stages at a time work on four rows in registers. The rows of a square are copied before, one after the other and long pieces of
 * them at a time, because that is the order in which memory is fast. One thread's.
 */
final class Transpose {
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** Columns copied at a time: all rows of a square fit into the first-level cache. */
    private static final int COLS = 192;
    /** Distance of the copied rows; not a power of two, so that they do not compete for the same places in the cache. */
    private static final long STRIDE = (long) (COLS + LANES) * Float.BYTES;
    /** Bytes of memory for the copied rows. */
    static final long ROWS_BYTES = LANES * STRIDE;

    private static final VectorShuffle<Float> BY_1 = exchanged(1);
    private static final VectorShuffle<Float> BY_2 = exchanged(2);
    private static final VectorShuffle<Float> BY_4 = exchanged(4);
    private static final VectorShuffle<Float> BY_8 = exchanged(8);
    private static final VectorMask<Float> WITH_1 = withBit(1);
    private static final VectorMask<Float> WITH_2 = withBit(2);
    private static final VectorMask<Float> WITH_4 = withBit(4);
    private static final VectorMask<Float> WITH_8 = withBit(8);

    private final float[] square = new float[LANES * LANES];
    private final MemorySegment copied;

    /** @param copied native memory of {@link #ROWS_BYTES} */
    Transpose(MemorySegment copied) {
        this.copied = copied;
    }

    /** The lanes exchanged with their neighbours at a distance that is a power of two. */
    private static VectorShuffle<Float> exchanged(int bit) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane ^ bit) & (LANES - 1));
    }

    /** The lanes whose number has a bit. */
    private static VectorMask<Float> withBit(int bit) {
        boolean[] lanes = new boolean[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(SPECIES, lanes, 0);
    }

    /**
     * to[c, r] = from[r, c]. Addresses and strides are in bytes.
     *
     * @param rows rows of the source
     * @param cols columns of the source, rows of the target
     * @param width columns of the target, at least {@code rows}; those beyond the source's rows become zero
     */
    void run(
            MemorySegment from,
            long fromAt,
            long fromStride,
            int rows,
            int cols,
            MemorySegment to,
            long toAt,
            long toStride,
            int width) {
        for (int row = 0; row < width; row += LANES) {
            int rowCount = Math.clamp(rows - row, 0, LANES);
            int rowWidth = Math.min(LANES, width - row);
            for (int first = 0; first < cols; first += COLS) {
                int count = Math.min(COLS, cols - first);
                copy(from, fromAt + row * fromStride + (long) first * Float.BYTES, fromStride, rowCount, count);
                for (int col = 0; col < count; col += LANES) {
                    firstStages((long) col * Float.BYTES);
                    lastStages();
                    long target = toAt + (first + col) * toStride + (long) row * Float.BYTES;
                    store(to, target, toStride, Math.min(LANES, count - col), rowWidth);
                }
            }
        }
    }

    /** Copies rows of the source; those that it has not become zero. Columns beyond those copied hold anything. */
    private void copy(MemorySegment from, long at, long stride, int rows, int cols) {
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(from, at + row * stride, copied, row * STRIDE, (long) cols * Float.BYTES);
        }
        if (rows < LANES) {
            copied.asSlice(rows * STRIDE, (LANES - rows) * STRIDE).fill((byte) 0);
        }
    }

    /** The bits 1 and 2, from the copied rows into the square. */
    private void firstStages(long at) {
        for (int i = 0; i < LANES; i += 4) {
            long row = at + i * STRIDE;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(copied), row, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(copied), row + STRIDE, ORDER);
            FloatVector c = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(copied), row + 2 * STRIDE, ORDER);
            FloatVector d = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(copied), row + 3 * STRIDE, ORDER);
            FloatVector a1 = a.blend(b.rearrange(BY_1), WITH_1);
            FloatVector b1 = a.rearrange(BY_1).blend(b, WITH_1);
            FloatVector c1 = c.blend(d.rearrange(BY_1), WITH_1);
            FloatVector d1 = c.rearrange(BY_1).blend(d, WITH_1);
            int to = i * LANES;
            a1.blend(c1.rearrange(BY_2), WITH_2).intoArray(square, to);
            b1.blend(d1.rearrange(BY_2), WITH_2).intoArray(square, to + LANES);
            a1.rearrange(BY_2).blend(c1, WITH_2).intoArray(square, to + 2 * LANES);
            b1.rearrange(BY_2).blend(d1, WITH_2).intoArray(square, to + 3 * LANES);
        }
    }

    /** The bits 4 and 8, as far as the rows have them, in the square. */
    private void lastStages() {
        if (LANES == 16) {
            for (int i = 0; i < 4; i++) {
                int at = i * LANES;
                FloatVector a = FloatVector.fromArray(SPECIES, square, at);
                FloatVector b = FloatVector.fromArray(SPECIES, square, at + 4 * LANES);
                FloatVector c = FloatVector.fromArray(SPECIES, square, at + 8 * LANES);
                FloatVector d = FloatVector.fromArray(SPECIES, square, at + 12 * LANES);
                FloatVector a1 = a.blend(b.rearrange(BY_4), WITH_4);
                FloatVector b1 = a.rearrange(BY_4).blend(b, WITH_4);
                FloatVector c1 = c.blend(d.rearrange(BY_4), WITH_4);
                FloatVector d1 = c.rearrange(BY_4).blend(d, WITH_4);
                a1.blend(c1.rearrange(BY_8), WITH_8).intoArray(square, at);
                b1.blend(d1.rearrange(BY_8), WITH_8).intoArray(square, at + 4 * LANES);
                a1.rearrange(BY_8).blend(c1, WITH_8).intoArray(square, at + 8 * LANES);
                b1.rearrange(BY_8).blend(d1, WITH_8).intoArray(square, at + 12 * LANES);
            }
        } else if (LANES == 8) {
            for (int i = 0; i < 4; i++) {
                int at = i * LANES;
                FloatVector a = FloatVector.fromArray(SPECIES, square, at);
                FloatVector b = FloatVector.fromArray(SPECIES, square, at + 4 * LANES);
                a.blend(b.rearrange(BY_4), WITH_4).intoArray(square, at);
                a.rearrange(BY_4).blend(b, WITH_4).intoArray(square, at + 4 * LANES);
            }
        }
    }

    private void store(MemorySegment to, long at, long stride, int rows, int cols) {
        if (cols == LANES) {
            for (int row = 0; row < rows; row++) {
                FloatVector.fromArray(SPECIES, square, row * LANES)
                        .intoMemorySegment(NativeMemory.check(to), at + row * stride, ORDER);
            }
        } else {
            VectorMask<Float> mask = SPECIES.indexInRange(0, cols);
            for (int row = 0; row < rows; row++) {
                FloatVector.fromArray(SPECIES, square, row * LANES)
                        .intoMemorySegment(NativeMemory.check(to), at + row * stride, ORDER, mask);
            }
        }
    }
}
