package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.CentralDifferences.dot;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowShareTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(4);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,16", "70,33"})
    void equalsItsScalarReference(int rows, int cols) {
        Matrix x = Matrices.random(arena, rows, cols, random);
        float[] share = share(rows);
        double[] expected = reference(values(x), doubles(share));
        RowShare.forward(workers, x, share);
        assertClose(values(x), expected);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,16", "40,33"})
    void itsBackwardPassIsTheGradientOfTheShares(int rows, int cols) {
        Matrix dOut = Matrices.random(arena, rows, cols, random);
        Matrix store = Matrices.random(arena, rows + 2, cols, random);
        Matrix x = Matrix.allocate(arena, rows, cols);
        int[] chosen = new int[rows];
        for (int row = 0; row < rows; row++) {
            chosen[row] = rows + 1 - row;
            x.copyRow(row, store, chosen[row]);
        }
        float[] dShare = new float[rows];
        RowShare.backward(workers, store, chosen, dOut, dShare);
        double[] expected =
                CentralDifferences.gradient(p -> dot(reference(values(x), p), values(dOut)), doubles(share(rows)));
        assertClose(doubles(dShare), expected);
    }

    @Test
    void sharesOfOtherRowsAreNoticed() {
        Matrix x = Matrices.random(arena, 3, 5, random);
        double[] expected = reference(values(x), new double[] {0.5, 0.3, 0.2});
        RowShare.forward(workers, x, new float[] {0.3f, 0.5f, 0.2f});
        assertThat(CentralDifferences.distance(values(x), expected)).isGreaterThan(1e-2);
    }

    private float[] share(int rows) {
        float[] share = new float[rows];
        for (int row = 0; row < rows; row++) {
            share[row] = random.nextFloat();
        }
        return share;
    }

    private static double[] doubles(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static double[] reference(double[] x, double[] share) {
        int cols = x.length / share.length;
        double[] out = new double[x.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = x[i] * share[i / cols];
        }
        return out;
    }
}
