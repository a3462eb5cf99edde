package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.CentralDifferences.dot;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CausalAttentionTest {
    /** Two sequences of three and four positions and one of one, scattered over the rows. */
    private static final int[][] ROWS = {{0, 2, 5}, {1, 3, 4, 7}, {6}};

    private static final int TOTAL = 8;
    private static final float SCALE = 0.6f;

    private final Arena arena = Arena.ofShared();
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
        Case c = new Case(heads, kvHeads, headDim);
        double[] q = values(c.q);
        double[] k = values(c.k);
        double[] v = values(c.v);
        assertClose(values(c.out), reference(q, k, v, heads, kvHeads, headDim));

        c.backward();
        double[] cotangent = values(c.dOut);
        double[] dQ = CentralDifferences.gradient(p -> dot(reference(p, k, v, heads, kvHeads, headDim), cotangent), q);
        double[] dK = CentralDifferences.gradient(p -> dot(reference(q, p, v, heads, kvHeads, headDim), cotangent), k);
        double[] dV = CentralDifferences.gradient(p -> dot(reference(q, k, p, heads, kvHeads, headDim), cotangent), v);
        assertClose(values(c.dQ), dQ);
        assertClose(values(c.dK), dK);
        assertClose(values(c.dV), dV);
    }

    @Test
    void aFutureKeyThatCountsIsNoticed() {
        Case c = new Case(2, 2, 3);
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
        Case c = new Case(4, 2, 8);
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

    @Test
    void aLongSequenceThroughTheCacheHasTheBitsOfTheTrainingPass() {
        int length = 150;
        Matrix q = Matrices.random(arena, length, 4 * 8, random);
        Matrix k = Matrices.random(arena, length, 2 * 8, random);
        Matrix v = Matrices.random(arena, length, 2 * 8, random);
        Matrix whole = Matrix.allocate(arena, length, 4 * 8);
        Matrix parts = Matrix.allocate(arena, length, 4 * 8);
        int[] rows = IntStream.range(0, length).toArray();
        try (CausalAttention attention = new CausalAttention(gemm, workers, 4, 2, 8, SCALE)) {
            attention.forward(new int[][] {rows}, new int[1], q, k, v, whole, Matrix.allocate(arena, length, 4));
            int[] ends = {1, 2, 70, 71, 149, 150};
            int from = 0;
            for (int to : ends) {
                attention.forward(q.rowRange(from, to), k.rowRange(0, to), v.rowRange(0, to), parts.rowRange(from, to));
                from = to;
            }
        }
        for (int row = 0; row < length; row++) {
            assertThat(parts.row(row)).as("row %s", row).containsExactly(whole.row(row));
        }
    }

    private static double[] reference(double[] q, double[] k, double[] v, int heads, int kvHeads, int headDim) {
        double[] out = new double[q.length];
        for (int[] row : ROWS) {
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
                        weights[j] = Math.exp(score * SCALE);
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

    private final class Case {
        private final int heads;
        private final int kvHeads;
        private final int headDim;
        private final Matrix q;
        private final Matrix k;
        private final Matrix v;
        private final Matrix out;
        private final Matrix logSumExp;
        private final Matrix dOut;
        private final Matrix dQ;
        private final Matrix dK;
        private final Matrix dV;

        Case(int heads, int kvHeads, int headDim) {
            this.heads = heads;
            this.kvHeads = kvHeads;
            this.headDim = headDim;
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
            try (CausalAttention attention = new CausalAttention(gemm, workers, heads, kvHeads, headDim, SCALE)) {
                attention.forward(ROWS, firstQuery, q, k, v, out, logSumExp);
            }
        }

        void backward() {
            try (CausalAttention attention = new CausalAttention(gemm, workers, heads, kvHeads, headDim, SCALE)) {
                attention.backward(ROWS, q, k, v, logSumExp, dOut, dQ, dK, dV);
            }
        }
    }
}
