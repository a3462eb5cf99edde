package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bfloat16Test {
    /** Lower halves of a float32: nothing, the least, just below the middle, the middle, just above it, the most. */
    private static final int[] LOWER = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};

    private static final int UPPERS = 1 << 16;

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @Test
    void everyUpperHalfRoundsToTheNearest() {
        MemorySegment numbers = arena.allocate((long) UPPERS * LOWER.length * Float.BYTES, 64);
        for (int i = 0; i < UPPERS * LOWER.length; i++) {
            numbers.setAtIndex(ValueLayout.JAVA_INT, i, i / LOWER.length << 16 | LOWER[i % LOWER.length]);
        }
        MemorySegment rounded = arena.allocate(numbers.byteSize() / 2, 64);
        Bfloat16.round(workers, numbers, rounded);
        int wrong = 0;
        for (int i = 0; i < UPPERS * LOWER.length; i++) {
            short expected = nearest(numbers.getAtIndex(ValueLayout.JAVA_FLOAT, i));
            if (rounded.getAtIndex(ValueLayout.JAVA_SHORT, i) != expected) {
                wrong++;
            }
        }
        assertThat(wrong).isZero();
    }

    @Test
    void nanStaysNanEvenIfOnlyItsLowestBitIsSet() {
        MemorySegment numbers = arena.allocate(Vectors.LANES * (long) Float.BYTES, 64);
        for (int i = 0; i < Vectors.LANES; i++) {
            numbers.setAtIndex(ValueLayout.JAVA_INT, i, 0xff80_0001);
        }
        MemorySegment rounded = arena.allocate(numbers.byteSize() / 2, 64);
        Bfloat16.round(workers, numbers, rounded);
        for (int i = 0; i < Vectors.LANES; i++) {
            assertThat(value(rounded.getAtIndex(ValueLayout.JAVA_SHORT, i))).isNaN();
        }
        assertThat(value(Bfloat16.round(Float.intBitsToFloat(0xff80_0001)))).isNaN();
    }

    @Test
    void whatIsBeyondTheLargestBecomesInfinite() {
        assertThat(value(Bfloat16.round(Float.MAX_VALUE))).isInfinite();
        assertThat(value(Bfloat16.round(-Float.MAX_VALUE))).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,5,8", "7,33,7", "64,70,96"})
    void aMatrixBecomesDenseWithZerosBelow(int rows, int cols, int allRows) {
        Matrix matrix = Matrices.randomStrided(arena, rows, cols, 3, new Random(5));
        MemorySegment rounded = arena.allocate((long) allRows * cols * Short.BYTES, 64);
        rounded.fill((byte) 0x5a);
        Bfloat16.round(workers, matrix, rounded, allRows);
        for (int row = 0; row < allRows; row++) {
            for (int col = 0; col < cols; col++) {
                short expected = row < rows ? nearest(matrix.get(row, col)) : 0;
                assertThat(rounded.getAtIndex(ValueLayout.JAVA_SHORT, (long) row * cols + col))
                        .isEqualTo(expected);
            }
        }
    }

    /** The nearer one of the two neighbours of eight bits, the even one of two equally near. */
    private static short nearest(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >> 16 | 0x40);
        }
        if (Float.isInfinite(value)) {
            return (short) (bits >> 16);
        }
        short towardsZero = (short) (bits >> 16);
        short away = (short) (towardsZero + 1);
        double below = Math.abs((double) value - value(towardsZero));
        // The neighbour of the largest number is where the next one would be if there were one.
        double awayValue = Float.isInfinite(value(away)) ? Math.copySign(0x1p128, value) : value(away);
        double above = Math.abs(awayValue - value);
        if (below == above) {
            return (towardsZero & 1) == 0 ? towardsZero : away;
        }
        return below < above ? towardsZero : away;
    }

    private static float value(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
