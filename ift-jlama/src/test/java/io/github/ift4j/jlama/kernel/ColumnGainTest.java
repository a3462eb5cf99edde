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

class ColumnGainTest {
    private static final float OFFSET = -1;

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(3);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,16", "70,33"})
    void equalsItsScalarReference(int rows, int cols) {
        Matrix x = Matrices.random(arena, rows, cols, random);
        Matrix gain = Matrices.random(arena, 1, cols, random);
        Matrix out = Matrices.random(arena, rows, cols, random);
        double[] before = values(out);
        ColumnGain.forward(workers, x, gain, OFFSET, out);
        double[] expected = reference(values(x), values(gain));
        for (int i = 0; i < expected.length; i++) {
            expected[i] += before[i];
        }
        assertClose(values(out), expected);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,16", "40,33"})
    void itsBackwardPassIsTheGradientOfTheGainTimesAFactor(int rows, int cols) {
        Matrix x = Matrices.random(arena, rows, cols, random);
        Matrix gain = Matrices.random(arena, 1, cols, random);
        Matrix dOut = Matrices.random(arena, rows, cols, random);
        Matrix factor = Matrices.random(arena, 1, cols, random);
        Matrix dGain = Matrix.allocate(arena, 1, cols);
        ColumnGain.backward(workers, x, dOut, factor, dGain);
        double[] expected = CentralDifferences.gradient(p -> dot(reference(values(x), p), values(dOut)), values(gain));
        for (int i = 0; i < expected.length; i++) {
            expected[i] *= values(factor)[i];
        }
        assertClose(values(dGain), expected);
    }

    @Test
    void aForgottenOffsetIsNoticed() {
        Matrix x = Matrices.random(arena, 3, 5, random);
        Matrix gain = Matrices.random(arena, 1, 5, random);
        Matrix out = Matrix.allocate(arena, 3, 5);
        ColumnGain.forward(workers, x, gain, 0, out);
        assertThat(CentralDifferences.distance(values(out), reference(values(x), values(gain))))
                .isGreaterThan(1e-2);
    }

    private static double[] reference(double[] x, double[] gain) {
        double[] out = new double[x.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = x[i] * (gain[i % gain.length] + OFFSET);
        }
        return out;
    }
}
