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

class GeluTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(9);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,8", "4,33", "70,300"})
    void equalsItsScalarReference(int rows, int cols) {
        Matrix x = Matrices.randomStrided(arena, rows, cols, 2, random);
        Matrix out = Matrices.randomStrided(arena, rows, cols, 3, random);
        Gelu.forward(workers, x, out);
        assertClose(values(out), reference(values(x)));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,8", "4,33"})
    void itsBackwardPassIsTheGradientAndGivesTheOutputBack(int rows, int cols) {
        Matrix x = Matrices.randomStrided(arena, rows, cols, 2, random);
        Matrix dOut = Matrices.randomStrided(arena, rows, cols, 3, random);
        double[] before = values(x);
        double[] cotangent = values(dOut);
        Gelu.backward(workers, x, dOut);
        assertClose(values(x), CentralDifferences.gradient(p -> dot(reference(p), cotangent), before));
        assertClose(values(dOut), reference(before));
    }

    @Test
    void theExactGeluIsNoticed() {
        Matrix x = Matrix.allocate(arena, 1, 1);
        x.set(0, 0, 2);
        Gelu.forward(workers, x, x);
        // 2 Φ(2), from tables of the normal distribution; the approximation by tanh gives 1.95460.
        double exact = 1.95450;
        assertThat(Math.abs(x.get(0, 0) - exact)).isGreaterThan(5e-5);
    }

    @Test
    void largeNumbersPassOrVanish() {
        Matrix x = Matrix.allocate(arena, 1, 3);
        x.set(0, 0, 1000);
        x.set(0, 1, -1000);
        Matrix dOut = Matrix.allocate(arena, 1, 3);
        dOut.set(0, 0, 3);
        dOut.set(0, 1, 3);
        dOut.set(0, 2, 3);
        Gelu.backward(workers, x, dOut);
        assertThat(values(dOut)).usingComparatorWithPrecision(1e-30).containsExactly(1000, 0, 0);
        assertThat(values(x)).usingComparatorWithPrecision(1e-25).containsExactly(3, 0, 1.5);
    }

    static double[] reference(double[] x) {
        double[] out = new double[x.length];
        for (int i = 0; i < out.length; i++) {
            double inner = Math.sqrt(2 / Math.PI) * (x[i] + 0.044715 * x[i] * x[i] * x[i]);
            out[i] = 0.5 * x[i] * (1 + Math.tanh(inner));
        }
        return out;
    }
}
