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

class LayerNormTest {
    private static final float EPSILON = 1e-5f;

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(8);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,2", "5,7", "2,16", "9,33", "4,100"})
    void equalsItsScalarReference(int rows, int cols) {
        Case c = new Case(rows, cols, 0);
        assertClose(values(c.out), reference(values(c.x), values(c.weight), values(c.bias), cols));
    }

    @ParameterizedTest
    @CsvSource({"3,2", "5,7", "2,16", "9,33", "4,100"})
    void itsBackwardPassIsTheGradient(int rows, int cols) {
        Case c = new Case(rows, cols, 0);
        double[] before = values(c.dX);
        double[] beforeWeight = values(c.dWeight);
        double[] beforeBias = values(c.dBias);
        c.backward();
        double[] x = values(c.x);
        double[] weight = values(c.weight);
        double[] bias = values(c.bias);
        double[] cotangent = values(c.dOut);
        assertClose(
                values(c.dX),
                sum(before, CentralDifferences.gradient(p -> dot(reference(p, weight, bias, cols), cotangent), x)));
        assertClose(
                values(c.dWeight),
                sum(
                        beforeWeight,
                        CentralDifferences.gradient(p -> dot(reference(x, p, bias, cols), cotangent), weight)));
        assertClose(
                values(c.dBias),
                sum(beforeBias, CentralDifferences.gradient(p -> dot(reference(x, weight, p, cols), cotangent), bias)));
    }

    @Test
    void aRowOfOneElementIsItsBiasAndPassesNoGradientOn() {
        Case c = new Case(4, 1, 0);
        double[] before = values(c.dX);
        c.backward();
        assertThat(values(c.out)).containsOnly(c.bias.get(0, 0));
        assertThat(values(c.dX)).isEqualTo(before);
    }

    @Test
    void aLargeMeanCostsTheVarianceNoDigits() {
        Case c = new Case(3, 100, 4096);
        double[] expected = reference(values(c.x), values(c.weight), values(c.bias), 100);
        // The float32 mean is off by up to half a unit in the last place of 4096, 2.4e-4 standard deviations.
        assertThat(CentralDifferences.distance(values(c.out), expected)).isLessThan(2.5e-4);
        double variance = variance(values(c.x), 0, 100);
        assertThat(c.stats.get(0, 1)).isEqualTo((float) (1 / Math.sqrt(variance + EPSILON)));
    }

    @Test
    void aFlippedSignIsNoticed() {
        Case c = new Case(5, 7, 0);
        double[] before = values(c.dX);
        c.backward();
        double[] expected = CentralDifferences.gradient(
                p -> -dot(reference(p, values(c.weight), values(c.bias), 7), values(c.dOut)), values(c.x));
        assertThat(CentralDifferences.distance(values(c.dX), sum(before, expected)))
                .isGreaterThan(1e-1);
    }

    @Test
    void frozenWeightAndBiasGetNoGradient() {
        Case c = new Case(5, 7, 0);
        double[] weight = values(c.dWeight);
        double[] bias = values(c.dBias);
        LayerNorm.backward(workers, c.x, c.weight, c.stats, c.dOut, c.dX, null, null);
        assertThat(values(c.dWeight)).isEqualTo(weight);
        assertThat(values(c.dBias)).isEqualTo(bias);
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    private static double mean(double[] x, int row, int cols) {
        double sum = 0;
        for (int i = 0; i < cols; i++) {
            sum += x[row * cols + i];
        }
        return sum / cols;
    }

    private static double variance(double[] x, int row, int cols) {
        double mean = mean(x, row, cols);
        double squares = 0;
        for (int i = 0; i < cols; i++) {
            squares += (x[row * cols + i] - mean) * (x[row * cols + i] - mean);
        }
        return squares / cols;
    }

    private static double[] reference(double[] x, double[] weight, double[] bias, int cols) {
        double[] out = new double[x.length];
        for (int row = 0; row < x.length / cols; row++) {
            double mean = mean(x, row, cols);
            double scale = 1 / Math.sqrt(variance(x, row, cols) + EPSILON);
            for (int i = 0; i < cols; i++) {
                out[row * cols + i] = (x[row * cols + i] - mean) * scale * weight[i] + bias[i];
            }
        }
        return out;
    }

    private final class Case {
        private final Matrix x;
        private final Matrix weight;
        private final Matrix bias;
        private final Matrix out;
        private final Matrix stats;
        private final Matrix dOut;
        private final Matrix dX;
        private final Matrix dWeight;
        private final Matrix dBias;

        Case(int rows, int cols, float mean) {
            x = Matrices.randomStrided(arena, rows, cols, 2, random);
            Rows.addToEach(workers, constant(cols, mean), x);
            weight = Matrices.random(arena, 1, cols, random);
            bias = Matrices.random(arena, 1, cols, random);
            out = Matrices.randomStrided(arena, rows, cols, 3, random);
            stats = Matrix.allocate(arena, rows, 2);
            dOut = Matrices.randomStrided(arena, rows, cols, 5, random);
            dX = Matrices.randomStrided(arena, rows, cols, 4, random);
            dWeight = Matrices.random(arena, 1, cols, random);
            dBias = Matrices.random(arena, 1, cols, random);
            LayerNorm.forward(workers, x, weight, bias, EPSILON, out, stats);
        }

        private Matrix constant(int cols, float value) {
            Matrix row = Matrix.allocate(arena, 1, cols);
            for (int i = 0; i < cols; i++) {
                row.set(0, i, value);
            }
            return row;
        }

        void backward() {
            LayerNorm.backward(workers, x, weight, stats, dOut, dX, dWeight, dBias);
        }
    }
}
