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

class GeGluTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(10);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,8", "4,33", "70,300"})
    void equalsItsScalarReference(int rows, int cols) {
        Matrix gate = Matrices.randomStrided(arena, rows, cols, 2, random);
        Matrix up = Matrices.randomStrided(arena, rows, cols, 4, random);
        Matrix out = Matrices.randomStrided(arena, rows, cols, 3, random);
        GeGlu.forward(workers, gate, up, out);
        assertClose(values(out), reference(values(gate), values(up)));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,8", "4,33"})
    void itsBackwardPassIsTheGradientAndGivesTheOutputBack(int rows, int cols) {
        Matrix gate = Matrices.randomStrided(arena, rows, cols, 2, random);
        Matrix up = Matrices.randomStrided(arena, rows, cols, 4, random);
        Matrix dOut = Matrices.randomStrided(arena, rows, cols, 3, random);
        double[] x = values(gate);
        double[] y = values(up);
        double[] cotangent = values(dOut);
        GeGlu.backward(workers, gate, up, dOut);
        assertClose(values(gate), CentralDifferences.gradient(p -> dot(reference(p, y), cotangent), x));
        assertClose(values(up), CentralDifferences.gradient(p -> dot(reference(x, p), cotangent), y));
        assertClose(values(dOut), reference(x, y));
    }

    @Test
    void swappedOperandsAreNoticed() {
        Matrix gate = Matrices.random(arena, 3, 5, random);
        Matrix up = Matrices.random(arena, 3, 5, random);
        Matrix out = Matrix.allocate(arena, 3, 5);
        GeGlu.forward(workers, gate, up, out);
        assertThat(CentralDifferences.distance(values(out), reference(values(up), values(gate))))
                .isGreaterThan(1e-2);
    }

    private static double[] reference(double[] gate, double[] up) {
        double[] out = GeluTest.reference(gate);
        for (int i = 0; i < out.length; i++) {
            out[i] *= up[i];
        }
        return out;
    }
}
