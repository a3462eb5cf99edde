package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.CentralDifferences.dot;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CausalAttentionTest {
    /** Two sequences of three and four positions and one of one, scattered over the rows. */
    private static final int[][] ROWS = {{0, 2, 5}, {1, 3, 4, 7}, {6}};

    private static final int TOTAL = 8;
    private static final float SCALE = 0.6f;
    private static final int ALL = Integer.MAX_VALUE;

    private final Arena arena = Arena.ofShared();
    /** Equal as numbers: adding zeros may change the sign of a zero. */
    private static final Offset<Double> NO_DIFFERENCE = Offset.offset(0.0);

    private final Workers workers = new Workers(2);
    private final Gemm gemm = new VectorGemm(workers);
    private final Random random = new Random(6);

    @AfterEach
    void release() {
        gemm.close();
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "2,2,3", "4,2,8", "6,1,5", "3,3,17"})
    void equalsItsScalarReferenceAndItsBackwardPassIsTheGradient(int heads, int kvHeads, int headDim) {
        assertEqualsReference(new Case(heads, kvHeads, headDim, ALL, 0));
    }

    @ParameterizedTest
    @CsvSource({"1,0", "2,0", "3,0", "4,0", "2147483647,1.5", "2,0.8", "1,30"})
    void soDoWindowsAndSoftCaps(int window, float softCap) {
        assertEqualsReference(new Case(4, 2, 5, window, softCap));
    }

    @Test
    void aMissingSoftCapAndAWindowOneTooWideAreNoticed() {
        Case c = new Case(2, 2, 3, 2, 1);
        double[] out = values(c.out);
        double[] uncapped = new Reference(2, 2, 3, 2, 0).apply(values(c.q), values(c.k), values(c.v));
        double[] wider = new Reference(2, 2, 3, 3, 1).apply(values(c.q), values(c.k), values(c.v));
        assertThat(CentralDifferences.distance(out, uncapped)).isGreaterThan(1e-2);
        assertThat(CentralDifferences.distance(out, wider)).isGreaterThan(1e-2);
    }

    private static void assertEqualsReference(Case c) {
        double[] q = values(c.q);
        double[] k = values(c.k);
        double[] v = values(c.v);
        Reference reference = new Reference(c.heads, c.kvHeads, c.headDim, c.window, c.softCap);
        assertClose(values(c.out), reference.apply(q, k, v));

        c.backward();
        double[] cotangent = values(c.dOut);
        assertClose(values(c.dQ), CentralDifferences.gradient(p -> dot(reference.apply(p, k, v), cotangent), q));
        assertClose(values(c.dK), CentralDifferences.gradient(p -> dot(reference.apply(q, p, v), cotangent), k));
        assertClose(values(c.dV), CentralDifferences.gradient(p -> dot(reference.apply(q, k, p), cotangent), v));
    }

    @Test
    void aFutureKeyThatCountsIsNoticed() {
        Case c = new Case(2, 2, 3, ALL, 0);
        double[] before = values(c.out);
        c.k.set(7, 0, 100);
        c.forward(new int[ROWS.length]);
        assertThat(Arrays.copyOf(values(c.out), 6))
                .as("earlier rows do not see the last key of their sequence")
                .isEqualTo(Arrays.copyOf(before, 6));
        c.k.set(1, 0, 100);
        c.forward(new int[ROWS.length]);
        assertThat(CentralDifferences.distance(values(c.out), before)).isGreaterThan(1e-2);
    }

    @Test
    void onlyTheQueriesAskedForAreComputed() {
        Case c = new Case(4, 2, 8, ALL, 0);
        double[] all = values(c.out);
        c.out.clear();
        c.forward(new int[] {1, 4, 1});
        for (int row = 0; row < TOTAL; row++) {
            boolean wanted = row == 2 || row == 5;
            for (int i = 0; i < 32; i++) {
                assertThat((double) c.out.get(row, i)).isEqualTo(wanted ? all[row * 32 + i] : 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2147483647,0", "300,0", "299,0", "70,0", "33,0", "16,0", "5,0", "1,0", "2147483647,2", "21,2"})
    void aLongSequenceThroughTheCacheHasTheBitsOfTheTrainingPass(int window, float softCap) {
        LongCase c = new LongCase(window, softCap);
        Matrix parts = Matrix.allocate(arena, LongCase.LENGTH, 4 * 8);
        try (CausalAttention attention = new CausalAttention(gemm, workers, 4, 2, 8, SCALE, softCap)) {
            KeyValuePanels cache = new KeyValuePanels(arena, 2, 8);
            int from = 0;
            for (int to : new int[] {1, 2, 70, 71, 255, 257, 299, 300}) {
                cache.ensure(to);
                attention.forward(
                        c.q.rowRange(from, to),
                        c.k.rowRange(from, to),
                        c.v.rowRange(from, to),
                        cache,
                        from,
                        window,
                        parts.rowRange(from, to));
                from = to;
            }
        }
        assertSameBits(parts, c.out);
    }

    @ParameterizedTest
    @CsvSource({"70,0", "16,0", "5,2"})
    void soDoTheLaterRowsWhenTheyAreComputedAgain(int window, float softCap) {
        LongCase c = new LongCase(window, softCap);
        Matrix again = Matrices.copy(arena, c.out);
        again.rowRange(67, LongCase.LENGTH).clear();
        try (CausalAttention attention = new CausalAttention(gemm, workers, 4, 2, 8, SCALE, softCap)) {
            attention.forward(c.rows, new int[] {67}, window, c.q, c.k, c.v, again, c.logSumExp);
        }
        assertSameBits(again, c.out);
    }

    @ParameterizedTest
    @CsvSource({"2147483647,0,67", "70,0,1", "16,0,299", "5,2,300"})
    void queriesThatDidNotAttendHaveNoPartInTheGradient(int window, float softCap, int firstQuery) {
        LongCase expected = new LongCase(window, softCap);
        expected.dOut.rowRange(0, firstQuery).clear();
        expected.backward();
        LongCase skipping = new LongCase(window, softCap);
        skipping.dQ.set(0, 0, 7);
        skipping.q.rowRange(0, firstQuery).clear();
        skipping.backward(firstQuery);
        assertThat(values(skipping.dQ)).containsExactly(values(expected.dQ), NO_DIFFERENCE);
        assertThat(values(skipping.dK)).containsExactly(values(expected.dK), NO_DIFFERENCE);
        assertThat(values(skipping.dV)).containsExactly(values(expected.dV), NO_DIFFERENCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 1000})
    void aWindowOfTheWholeSequenceChangesNoBit(int window) {
        LongCase all = new LongCase(ALL, 0);
        LongCase windowed = new LongCase(window, 0);
        assertSameBits(windowed.out, all.out);
        all.backward();
        windowed.backward();
        assertSameBits(windowed.dQ, all.dQ);
        assertSameBits(windowed.dK, all.dK);
        assertSameBits(windowed.dV, all.dV);
        LongCase narrower = new LongCase(299, 0);
        assertThat(narrower.out.row(299)).isNotEqualTo(all.out.row(299));
    }

    @Test
    void keysBeforeTheWindowHaveNoInfluence() {
        LongCase c = new LongCase(40, 0);
        Matrix before = Matrices.copy(arena, c.out);
        c.k.set(0, 3, 100);
        c.v.set(0, 3, 100);
        c.forward();
        assertSameBits(c.out.rowRange(40, LongCase.LENGTH), before.rowRange(40, LongCase.LENGTH));
        assertThat(c.out.row(39)).isNotEqualTo(before.row(39));
    }

    @Test
    void gradientsAcrossBlocksOfQueriesAreThoseOfTheReference() {
        LongCase c = new LongCase(40, 2);
        c.backward();
        double[] q = values(c.q);
        double[] k = values(c.k);
        double[] v = values(c.v);
        double[] dOut = values(c.dOut);
        Reference reference = new Reference(c.rows, 4, 2, 8, 40, 2);
        double[][] point = {q, k, v};
        double[][] gradient = {values(c.dQ), values(c.dK), values(c.dV)};
        for (int operand = 0; operand < 3; operand++) {
            double[] direction = random.doubles(point[operand].length, -1, 1).toArray();
            double[][] above = point.clone();
            double[][] below = point.clone();
            above[operand] = moved(point[operand], direction, 1e-5);
            below[operand] = moved(point[operand], direction, -1e-5);
            double slope = (dot(reference.apply(above[0], above[1], above[2]), dOut)
                            - dot(reference.apply(below[0], below[1], below[2]), dOut))
                    / 2e-5;
            // Rounding to float32 of thousands of terms of both signs.
            assertThat(dot(gradient[operand], direction)).isCloseTo(slope, within(2e-5 * Math.abs(slope) + 2e-5));
        }
    }

    @Test
    void anEmptyWindowIsRefused() {
        assertThatThrownBy(() -> new LongCase(0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the window must hold at least 1 position, was 0");
    }

    private static double[] moved(double[] point, double[] direction, double step) {
        double[] moved = point.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += step * direction[i];
        }
        return moved;
    }

    private static void assertSameBits(Matrix actual, Matrix expected) {
        for (int row = 0; row < expected.rows(); row++) {
            assertThat(actual.row(row)).as("row %s", row).containsExactly(expected.row(row));
        }
    }

    /** Attention in plain loops. */
    private record Reference(int[][] rows, int heads, int kvHeads, int headDim, int window, double softCap) {
        Reference(int heads, int kvHeads, int headDim, int window, double softCap) {
            this(ROWS, heads, kvHeads, headDim, window, softCap);
        }

        double[] apply(double[] q, double[] k, double[] v) {
            double[] out = new double[q.length];
            for (int[] row : rows) {
                for (int head = 0; head < heads; head++) {
                    int kvHead = head / (heads / kvHeads);
                    for (int i = 0; i < row.length; i++) {
                        int at = (row[i] * heads + head) * headDim;
                        double[] weights = new double[i + 1];
                        double sum = 0;
                        for (int j = 0; j <= i; j++) {
                            double score = 0;
                            for (int d = 0; d < headDim; d++) {
                                score += q[at + d] * k[(row[j] * kvHeads + kvHead) * headDim + d];
                            }
                            score *= SCALE;
                            if (softCap != 0) {
                                score = softCap * Math.tanh(score / softCap);
                            }
                            weights[j] = j > i - window ? Math.exp(score) : 0;
                            sum += weights[j];
                        }
                        for (int j = 0; j <= i; j++) {
                            for (int d = 0; d < headDim; d++) {
                                out[at + d] += weights[j] / sum * v[(row[j] * kvHeads + kvHead) * headDim + d];
                            }
                        }
                    }
                }
            }
            return out;
        }
    }

    /** A sequence of several blocks of queries and of two of the cache, of four heads of eight over two key-value heads, the same in each object. */
    private final class LongCase {
        private static final int LENGTH = 300;

        private final int window;
        private final float softCap;
        private final int[][] rows = {IntStream.range(0, LENGTH).toArray()};
        private final Random random = new Random(7);
        private final Matrix q = Matrices.randomStrided(arena, LENGTH, 4 * 8, 2, random);
        private final Matrix k = Matrices.randomStrided(arena, LENGTH, 2 * 8, 3, random);
        private final Matrix v = Matrices.randomStrided(arena, LENGTH, 2 * 8, 5, random);
        private final Matrix dOut = Matrices.random(arena, LENGTH, 4 * 8, random);
        private final Matrix out = Matrix.allocate(arena, LENGTH, 4 * 8);
        private final Matrix logSumExp = Matrix.allocate(arena, LENGTH, 4);
        private final Matrix dQ = Matrix.allocate(arena, LENGTH, 4 * 8);
        private final Matrix dK = Matrix.allocate(arena, LENGTH, 2 * 8);
        private final Matrix dV = Matrix.allocate(arena, LENGTH, 2 * 8);

        LongCase(int window, float softCap) {
            this.window = window;
            this.softCap = softCap;
            forward();
        }

        void forward() {
            try (CausalAttention attention = new CausalAttention(gemm, workers, 4, 2, 8, SCALE, softCap)) {
                attention.forward(rows, new int[1], window, q, k, v, out, logSumExp);
            }
        }

        void backward() {
            backward(0);
        }

        void backward(int firstQuery) {
            try (CausalAttention attention = new CausalAttention(gemm, workers, 4, 2, 8, SCALE, softCap)) {
                attention.backward(rows, new int[] {firstQuery}, window, q, k, v, logSumExp, dOut, dQ, dK, dV);
            }
        }
    }

    private final class Case {
        private final int heads;
        private final int kvHeads;
        private final int headDim;
        private final int window;
        private final float softCap;
        private final Matrix q;
        private final Matrix k;
        private final Matrix v;
        private final Matrix out;
        private final Matrix logSumExp;
        private final Matrix dOut;
        private final Matrix dQ;
        private final Matrix dK;
        private final Matrix dV;

        Case(int heads, int kvHeads, int headDim, int window, float softCap) {
            this.heads = heads;
            this.kvHeads = kvHeads;
            this.headDim = headDim;
            this.window = window;
            this.softCap = softCap;
            q = Matrices.random(arena, TOTAL, heads * headDim, random);
            k = Matrices.random(arena, TOTAL, kvHeads * headDim, random);
            v = Matrices.random(arena, TOTAL, kvHeads * headDim, random);
            out = Matrix.allocate(arena, TOTAL, heads * headDim);
            logSumExp = Matrix.allocate(arena, TOTAL, heads);
            dOut = Matrices.random(arena, TOTAL, heads * headDim, random);
            dQ = Matrix.allocate(arena, TOTAL, heads * headDim);
            dK = Matrix.allocate(arena, TOTAL, kvHeads * headDim);
            dV = Matrix.allocate(arena, TOTAL, kvHeads * headDim);
            forward(new int[ROWS.length]);
        }

        void forward(int[] firstQuery) {
            try (CausalAttention attention =
                    new CausalAttention(gemm, workers, heads, kvHeads, headDim, SCALE, softCap)) {
                attention.forward(ROWS, firstQuery, window, q, k, v, out, logSumExp);
            }
        }

        void backward() {
            try (CausalAttention attention =
                    new CausalAttention(gemm, workers, heads, kvHeads, headDim, SCALE, softCap)) {
                attention.backward(ROWS, new int[ROWS.length], window, q, k, v, logSumExp, dOut, dQ, dK, dV);
            }
        }
    }
}
