package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SoftCapTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(11);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,5,2", "2,8,50", "4,33,0.5"})
    void equalsItsScalarReference(int rows, int cols, float cap) {
        Matrix x = Matrices.randomStrided(arena, rows, cols, 2, random);
        double[] expected = reference(values(x), cap);
        SoftCap.forward(workers, x, cap);
        assertClose(values(x), expected);
    }

    @Test
    void nothingExceedsTheCap() {
        Matrix x = Matrix.allocate(arena, 1, 2);
        x.set(0, 0, 1e30f);
        x.set(0, 1, -1e30f);
        SoftCap.forward(workers, x, 30);
        assertThat(values(x)).containsExactly(30, -30);
    }

    @Test
    void anotherCapIsNoticed() {
        Matrix x = Matrices.random(arena, 3, 5, random);
        double[] expected = reference(values(x), 3);
        SoftCap.forward(workers, x, 2);
        assertThat(CentralDifferences.distance(values(x), expected)).isGreaterThan(1e-2);
    }

    private static double[] reference(double[] x, double cap) {
        double[] out = new double[x.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = cap * Math.tanh(x[i] / cap);
        }
        return out;
    }
}
