package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowsTest {
    private static final int[] A = {2, 0, 2, 5};
    private static final int[] B = {2, 1, 3, 5};

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(5);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 8, 67})
    void mixedRowsAreBetweenTheTwoAndUnmixedRowsKeepTheirBits(int cols) {
        Matrix table = Matrices.random(arena, 6, cols, random);
        Matrix mixed = Matrix.allocate(arena, 4, cols);
        Rows.gatherMixed(workers, table, A, B, 0.3f, mixed);
        double[] expected = new double[4 * cols];
        for (int i = 0; i < expected.length; i++) {
            int col = i % cols;
            expected[i] = 0.7 * table.get(A[i / cols], col) + 0.3 * table.get(B[i / cols], col);
        }
        assertClose(values(mixed), expected);
        assertThat(mixed.row(0)).containsExactly(table.row(2));
        assertThat(mixed.row(3)).containsExactly(table.row(5));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 8, 67})
    void gatheredRowsAreAddedToWhatIsThere(int cols) {
        Matrix table = Matrices.random(arena, 6, cols, random);
        Matrix rows = Matrices.random(arena, 4, cols, random);
        double[] expected = values(rows);
        for (int i = 0; i < expected.length; i++) {
            expected[i] += table.get(A[i / cols], i % cols);
        }
        Rows.gatherAdd(workers, table, A, rows);
        assertClose(values(rows), expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 8, 67})
    void scatteringIsTheAdjointOfGathering(int cols) {
        Matrix table = Matrices.random(arena, 6, cols, random);
        Matrix gathered = Matrix.allocate(arena, 4, cols);
        Rows.gather(workers, table, A, gathered);
        Matrix cotangent = Matrices.random(arena, 4, cols, random);
        Matrix scattered = Matrix.allocate(arena, 6, cols);
        Rows.scatterAdd(workers, cotangent, A, scattered);
        double left = CentralDifferences.dot(values(gathered), values(cotangent));
        double right = CentralDifferences.dot(values(table), values(scattered));
        assertThat(Math.abs(left - right)).isLessThan(1e-5 * cols);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 8, 67})
    void addingARowToEachAndAddingUpAreAdjoint(int cols) {
        Matrix bias = Matrices.random(arena, 1, cols, random);
        Matrix rows = Matrix.allocate(arena, 4, cols);
        Rows.addToEach(workers, bias, rows);
        Matrix cotangent = Matrices.random(arena, 4, cols, random);
        Matrix sum = Matrix.allocate(arena, 1, cols);
        Rows.addUp(workers, cotangent, sum);
        double left = CentralDifferences.dot(values(rows), values(cotangent));
        double right = CentralDifferences.dot(values(bias), values(sum));
        assertThat(Math.abs(left - right)).isLessThan(1e-5 * cols);
        assertThat(values(rows)).startsWith(values(bias));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 8, 67})
    void scaledRowsAreAddedAndRowsAreScaledInPlace(int cols) {
        Matrix from = Matrices.randomStrided(arena, 4, cols, 3, random);
        Matrix to = Matrices.randomStrided(arena, 4, cols, 2, random);
        double[] added = values(to);
        double[] scaled = values(from);
        for (int i = 0; i < added.length; i++) {
            added[i] += -0.7f * scaled[i];
            scaled[i] *= 1.3f;
        }
        Rows.addScaled(workers, from, -0.7f, to);
        Rows.scale(workers, from, 1.3f);
        assertClose(values(to), added);
        assertClose(values(from), scaled);
        assertThat(CentralDifferences.distance(values(from), added)).isGreaterThan(1e-2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 19})
    void whatIsBetweenTheRowsStays(int cols) {
        Matrix wide = Matrices.random(arena, 4, cols + 2, random);
        double[] before = values(wide.columnRange(cols + 1, cols + 2));
        Rows.scale(workers, wide.columnRange(1, cols + 1), 2);
        Rows.addScaled(workers, wide.columnRange(0, cols), 2, wide.columnRange(1, cols + 1));
        assertThat(values(wide.columnRange(cols + 1, cols + 2))).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 8, 67})
    void manyRowsAddUpWithoutLosingDigits(int cols) {
        Matrix rows = Matrices.randomStrided(arena, 3000, cols, 2, random);
        Matrix sum = Matrices.random(arena, 1, cols, random);
        double[] expected = values(sum);
        double[] all = values(rows);
        for (int i = 0; i < all.length; i++) {
            expected[i % cols] += all[i];
        }
        Rows.addUp(workers, rows, sum);
        // Only the result is rounded to float32.
        assertThat(CentralDifferences.distance(values(sum), expected)).isLessThan(6e-8);
    }
}
