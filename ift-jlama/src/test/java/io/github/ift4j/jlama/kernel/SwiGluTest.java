package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.CentralDifferences.dot;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SwiGluTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(2);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,8", "4,33", "70,300"})
    void equalsItsScalarReference(int rows, int cols) {
        Matrix gate = Matrices.random(arena, rows, cols, random);
        Matrix up = Matrices.random(arena, rows, cols, random);
        Matrix out = Matrix.allocate(arena, rows, cols);
        SwiGlu.forward(workers, gate, up, out);
        assertClose(values(out), reference(values(gate), values(up)));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "2,8", "4,33"})
    void itsBackwardPassIsTheGradientAndGivesTheOutputBack(int rows, int cols) {
        Matrix gate = Matrices.random(arena, rows, cols, random);
        Matrix up = Matrices.random(arena, rows, cols, random);
        Matrix dOut = Matrices.random(arena, rows, cols, random);
        double[] x = values(gate);
        double[] y = values(up);
        double[] cotangent = values(dOut);
        SwiGlu.backward(workers, gate, up, dOut);
        double[] dGate = CentralDifferences.gradient(p -> dot(reference(p, y), cotangent), x);
        assertClose(values(gate), dGate);
        assertClose(values(up), CentralDifferences.gradient(p -> dot(reference(x, p), cotangent), y));
        assertClose(values(dOut), reference(x, y));
    }

    @Test
    void swappedOperandsAreNoticed() {
        Matrix gate = Matrices.random(arena, 3, 5, random);
        Matrix up = Matrices.random(arena, 3, 5, random);
        Matrix out = Matrix.allocate(arena, 3, 5);
        SwiGlu.forward(workers, gate, up, out);
        assertThat(CentralDifferences.distance(values(out), reference(values(up), values(gate))))
                .isGreaterThan(1e-2);
    }

    @Test
    void extremeGatesStayFinite() {
        Matrix gate = Matrix.allocate(arena, 1, 3);
        gate.set(0, 0, 1000);
        gate.set(0, 1, -1000);
        Matrix up = Matrices.random(arena, 1, 3, random);
        Matrix out = Matrix.allocate(arena, 1, 3);
        SwiGlu.forward(workers, gate, up, out);
        assertThat(out.get(0, 0)).isEqualTo(1000 * up.get(0, 0));
        assertThat(out.get(0, 1)).isCloseTo(0, within(1e-30f));
        assertThat(out.get(0, 2)).isZero();
    }

    private static double[] reference(double[] gate, double[] up) {
        double[] out = new double[gate.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        return out;
    }
}
