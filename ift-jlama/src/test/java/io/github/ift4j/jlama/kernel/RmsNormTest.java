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

class RmsNormTest {
    private static final float EPSILON = 1e-5f;

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(1);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,0", "3,2,1", "5,7,0", "2,16,1", "9,33,0", "4,100,1"})
    void equalsItsScalarReference(int rows, int cols, float offset) {
        Case c = new Case(rows, cols, offset);
        assertClose(values(c.out), reference(values(c.x), values(c.weight), offset, cols));
    }

    @ParameterizedTest
    @CsvSource({"1,1,0", "3,2,1", "5,7,0", "2,16,1", "9,33,0", "4,100,1"})
    void itsBackwardPassIsTheGradient(int rows, int cols, float offset) {
        Case c = new Case(rows, cols, offset);
        double[] before = values(c.dX);
        c.backward();
        double[] x = values(c.x);
        double[] weight = values(c.weight);
        double[] cotangent = values(c.dOut);
        double[] dX = CentralDifferences.gradient(p -> dot(reference(p, weight, offset, cols), cotangent), x);
        for (int i = 0; i < dX.length; i++) {
            dX[i] += before[i];
        }
        assertClose(values(c.dX), dX);
        assertClose(
                values(c.dWeight),
                CentralDifferences.gradient(p -> dot(reference(x, p, offset, cols), cotangent), weight));
    }

    @Test
    void aFlippedSignIsNoticed() {
        Case c = new Case(5, 7, 1);
        c.backward();
        double[] x = values(c.x);
        double[] expected =
                CentralDifferences.gradient(p -> -dot(reference(x, p, 1, 7), values(c.dOut)), values(c.weight));
        assertThat(CentralDifferences.distance(values(c.dWeight), expected)).isGreaterThan(1);
    }

    @Test
    void aMissingOffsetIsNoticed() {
        Case c = new Case(5, 7, 1);
        double[] expected = reference(values(c.x), values(c.weight), 0, 7);
        assertThat(CentralDifferences.distance(values(c.out), expected)).isGreaterThan(1e-2);
    }

    @Test
    void aFrozenWeightGetsNoGradient() {
        Case c = new Case(5, 7, 1);
        RmsNorm.backward(workers, c.x, c.weight, 1, c.inverse, c.dOut, c.dX, null);
        assertThat(values(c.dWeight)).containsOnly(0);
    }

    private static double[] reference(double[] x, double[] weight, double offset, int cols) {
        double[] out = new double[x.length];
        for (int row = 0; row < x.length / cols; row++) {
            double squares = 0;
            for (int i = 0; i < cols; i++) {
                squares += x[row * cols + i] * x[row * cols + i];
            }
            double scale = 1 / Math.sqrt(squares / cols + EPSILON);
            for (int i = 0; i < cols; i++) {
                out[row * cols + i] = x[row * cols + i] * scale * (offset + weight[i]);
            }
        }
        return out;
    }

    private final class Case {
        private final float offset;
        private final Matrix x;
        private final Matrix weight;
        private final Matrix out;
        private final Matrix inverse;
        private final Matrix dOut;
        private final Matrix dX;
        private final Matrix dWeight;

        Case(int rows, int cols, float offset) {
            this.offset = offset;
            x = Matrices.randomStrided(arena, rows, cols, 2, random);
            weight = Matrices.random(arena, 1, cols, random);
            out = Matrix.allocate(arena, rows, cols);
            inverse = Matrix.allocate(arena, rows, 1);
            dOut = Matrices.random(arena, rows, cols, random);
            dX = Matrices.random(arena, rows, cols, random);
            dWeight = Matrix.allocate(arena, 1, cols);
            RmsNorm.forward(workers, x, weight, offset, EPSILON, out, inverse);
        }

        void backward() {
            RmsNorm.backward(workers, x, weight, offset, inverse, dOut, dX, dWeight);
        }
    }
}
