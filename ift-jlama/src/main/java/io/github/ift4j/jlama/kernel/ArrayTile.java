package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import io.github.ift4j.core.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * The innermost loops of large products: a tile of {@link GemmTile#ROWS} rows by two vectors, held in registers over the whole depth.
 *
 * <p>Unlike {@link GemmTile} it has its left operand and the sums in arrays. HotSpot inlines accesses to arrays so cheaply that two turns
 * of the loop can be written as one; with as many accesses to native memory it reaches its limit and puts vectors on the heap. A term
 * then takes 27 instructions for its twelve multiply-adds in place of 34, which counts most where another thread has its share of the
 * core. The right panel is in native memory, where vectors do not cross lines of the cache: arrays begin anywhere.
 *
 * <p>The branches in the loops are never taken, except for the one in the middle, which ends an odd depth; {@link GemmTile#multiply}
 * tells what they are for.
 */
final class ArrayTile {
    /** Most terms of a tile's sums. */
    static final int DEPTH = 1024;
    /** Distance of left rows in floats; not a power of two, so that they do not compete for the same places in the cache. */
    static final int ROW = DEPTH + 16;

    private static final long VECTOR_BYTES = (long) LANES * Float.BYTES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private ArrayTile() {}

    /**
     * A tile of left rows, which lie {@value #ROW} floats apart.
     *
     * @param depth terms of the sums, 1 to {@value #DEPTH}
     * @param left the rows; all of a tile are read
     * @param leftAt index of the first
     * @param rows how many of them count, at least 1
     * @param right the right panel, [depth, GemmTile.COLS]
     * @param start a tile, [GemmTile.ROWS, GemmTile.COLS], to which the products are added
     * @param sums receives the result, may be the same
     */
    static void multiplyRows(
            int depth,
            float[] left,
            int leftAt,
            int rows,
            MemorySegment right,
            long rightAt,
            float[] start,
            float[] sums) {
        FloatVector c00 = FloatVector.fromArray(SPECIES, start, 0);
        FloatVector c01 = FloatVector.fromArray(SPECIES, start, LANES);
        FloatVector c10 = FloatVector.fromArray(SPECIES, start, 2 * LANES);
        FloatVector c11 = FloatVector.fromArray(SPECIES, start, 3 * LANES);
        FloatVector c20 = FloatVector.fromArray(SPECIES, start, 4 * LANES);
        FloatVector c21 = FloatVector.fromArray(SPECIES, start, 5 * LANES);
        FloatVector c30 = FloatVector.fromArray(SPECIES, start, 6 * LANES);
        FloatVector c31 = FloatVector.fromArray(SPECIES, start, 7 * LANES);
        FloatVector c40 = FloatVector.fromArray(SPECIES, start, 8 * LANES);
        FloatVector c41 = FloatVector.fromArray(SPECIES, start, 9 * LANES);
        FloatVector c50 = FloatVector.fromArray(SPECIES, start, 10 * LANES);
        FloatVector c51 = FloatVector.fromArray(SPECIES, start, 11 * LANES);
        int never = -rows;
        int last = depth % 2 == 0 ? never : depth - 1;
        for (int i = 0; i < depth; i += 2) {
            int l = leftAt + i;
            long r = rightAt + i * GemmTile.STRIDE;
            FloatVector r0 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(right), r, ORDER);
            FloatVector r1 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(right), r + VECTOR_BYTES, ORDER);
            FloatVector x = FloatVector.broadcast(SPECIES, left[l]);
            c00 = x.fma(r0, c00);
            c01 = x.fma(r1, c01);
            x = FloatVector.broadcast(SPECIES, left[l + ROW]);
            c10 = x.fma(r0, c10);
            c11 = x.fma(r1, c11);
            if (i == never - 1) {
                break;
            }
            x = FloatVector.broadcast(SPECIES, left[l + 2 * ROW]);
            c20 = x.fma(r0, c20);
            c21 = x.fma(r1, c21);
            x = FloatVector.broadcast(SPECIES, left[l + 3 * ROW]);
            c30 = x.fma(r0, c30);
            c31 = x.fma(r1, c31);
            if (i == never - 2) {
                break;
            }
            x = FloatVector.broadcast(SPECIES, left[l + 4 * ROW]);
            c40 = x.fma(r0, c40);
            c41 = x.fma(r1, c41);
            x = FloatVector.broadcast(SPECIES, left[l + 5 * ROW]);
            c50 = x.fma(r0, c50);
            c51 = x.fma(r1, c51);
            if (i == last) {
                break;
            }
            r0 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(right), r + GemmTile.STRIDE, ORDER);
            r1 = FloatVector.fromMemorySegment(
                    SPECIES, NativeMemory.check(right), r + GemmTile.STRIDE + VECTOR_BYTES, ORDER);
            x = FloatVector.broadcast(SPECIES, left[l + 1]);
            c00 = x.fma(r0, c00);
            c01 = x.fma(r1, c01);
            x = FloatVector.broadcast(SPECIES, left[l + 1 + ROW]);
            c10 = x.fma(r0, c10);
            c11 = x.fma(r1, c11);
            if (i == never - 3) {
                break;
            }
            x = FloatVector.broadcast(SPECIES, left[l + 1 + 2 * ROW]);
            c20 = x.fma(r0, c20);
            c21 = x.fma(r1, c21);
            x = FloatVector.broadcast(SPECIES, left[l + 1 + 3 * ROW]);
            c30 = x.fma(r0, c30);
            c31 = x.fma(r1, c31);
            if (i == never - 4) {
                break;
            }
            x = FloatVector.broadcast(SPECIES, left[l + 1 + 4 * ROW]);
            c40 = x.fma(r0, c40);
            c41 = x.fma(r1, c41);
            x = FloatVector.broadcast(SPECIES, left[l + 1 + 5 * ROW]);
            c50 = x.fma(r0, c50);
            c51 = x.fma(r1, c51);
        }
        c00.intoArray(sums, 0);
        c01.intoArray(sums, LANES);
        c10.intoArray(sums, 2 * LANES);
        c11.intoArray(sums, 3 * LANES);
        c20.intoArray(sums, 4 * LANES);
        c21.intoArray(sums, 5 * LANES);
        c30.intoArray(sums, 6 * LANES);
        c31.intoArray(sums, 7 * LANES);
        c40.intoArray(sums, 8 * LANES);
        c41.intoArray(sums, 9 * LANES);
        c50.intoArray(sums, 10 * LANES);
        c51.intoArray(sums, 11 * LANES);
    }

    /** As {@link #multiplyRows}, with a left operand that lies as [k][GemmTile.ROWS]. */
    static void multiplyPanel(
            int depth,
            float[] left,
            int leftAt,
            int rows,
            MemorySegment right,
            long rightAt,
            float[] start,
            float[] sums) {
        FloatVector c00 = FloatVector.fromArray(SPECIES, start, 0);
        FloatVector c01 = FloatVector.fromArray(SPECIES, start, LANES);
        FloatVector c10 = FloatVector.fromArray(SPECIES, start, 2 * LANES);
        FloatVector c11 = FloatVector.fromArray(SPECIES, start, 3 * LANES);
        FloatVector c20 = FloatVector.fromArray(SPECIES, start, 4 * LANES);
        FloatVector c21 = FloatVector.fromArray(SPECIES, start, 5 * LANES);
        FloatVector c30 = FloatVector.fromArray(SPECIES, start, 6 * LANES);
        FloatVector c31 = FloatVector.fromArray(SPECIES, start, 7 * LANES);
        FloatVector c40 = FloatVector.fromArray(SPECIES, start, 8 * LANES);
        FloatVector c41 = FloatVector.fromArray(SPECIES, start, 9 * LANES);
        FloatVector c50 = FloatVector.fromArray(SPECIES, start, 10 * LANES);
        FloatVector c51 = FloatVector.fromArray(SPECIES, start, 11 * LANES);
        int never = -rows;
        int last = depth % 2 == 0 ? never : depth - 1;
        for (int i = 0; i < depth; i += 2) {
            int l = leftAt + i * GemmTile.ROWS;
            long r = rightAt + i * GemmTile.STRIDE;
            FloatVector r0 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(right), r, ORDER);
            FloatVector r1 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(right), r + VECTOR_BYTES, ORDER);
            FloatVector x = FloatVector.broadcast(SPECIES, left[l]);
            c00 = x.fma(r0, c00);
            c01 = x.fma(r1, c01);
            x = FloatVector.broadcast(SPECIES, left[l + 1]);
            c10 = x.fma(r0, c10);
            c11 = x.fma(r1, c11);
            if (i == never - 1) {
                break;
            }
            x = FloatVector.broadcast(SPECIES, left[l + 2]);
            c20 = x.fma(r0, c20);
            c21 = x.fma(r1, c21);
            x = FloatVector.broadcast(SPECIES, left[l + 3]);
            c30 = x.fma(r0, c30);
            c31 = x.fma(r1, c31);
            if (i == never - 2) {
                break;
            }
            x = FloatVector.broadcast(SPECIES, left[l + 4]);
            c40 = x.fma(r0, c40);
            c41 = x.fma(r1, c41);
            x = FloatVector.broadcast(SPECIES, left[l + 5]);
            c50 = x.fma(r0, c50);
            c51 = x.fma(r1, c51);
            if (i == last) {
                break;
            }
            r0 = FloatVector.fromMemorySegment(SPECIES, NativeMemory.check(right), r + GemmTile.STRIDE, ORDER);
            r1 = FloatVector.fromMemorySegment(
                    SPECIES, NativeMemory.check(right), r + GemmTile.STRIDE + VECTOR_BYTES, ORDER);
            x = FloatVector.broadcast(SPECIES, left[l + GemmTile.ROWS]);
            c00 = x.fma(r0, c00);
            c01 = x.fma(r1, c01);
            x = FloatVector.broadcast(SPECIES, left[l + GemmTile.ROWS + 1]);
            c10 = x.fma(r0, c10);
            c11 = x.fma(r1, c11);
            if (i == never - 3) {
                break;
            }
            x = FloatVector.broadcast(SPECIES, left[l + GemmTile.ROWS + 2]);
            c20 = x.fma(r0, c20);
            c21 = x.fma(r1, c21);
            x = FloatVector.broadcast(SPECIES, left[l + GemmTile.ROWS + 3]);
            c30 = x.fma(r0, c30);
            c31 = x.fma(r1, c31);
            if (i == never - 4) {
                break;
            }
            x = FloatVector.broadcast(SPECIES, left[l + GemmTile.ROWS + 4]);
            c40 = x.fma(r0, c40);
            c41 = x.fma(r1, c41);
            x = FloatVector.broadcast(SPECIES, left[l + GemmTile.ROWS + 5]);
            c50 = x.fma(r0, c50);
            c51 = x.fma(r1, c51);
        }
        c00.intoArray(sums, 0);
        c01.intoArray(sums, LANES);
        c10.intoArray(sums, 2 * LANES);
        c11.intoArray(sums, 3 * LANES);
        c20.intoArray(sums, 4 * LANES);
        c21.intoArray(sums, 5 * LANES);
        c30.intoArray(sums, 6 * LANES);
        c31.intoArray(sums, 7 * LANES);
        c40.intoArray(sums, 8 * LANES);
        c41.intoArray(sums, 9 * LANES);
        c50.intoArray(sums, 10 * LANES);
        c51.intoArray(sums, 11 * LANES);
    }
}
