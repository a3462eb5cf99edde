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
import org.junit.jupiter.params.provider.ValueSource;

class RopeTest {
    private static final int[] POSITIONS = {0, 4, 2, 2, 1};

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(3);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 20})
    void equalsItsScalarReferenceAndItsBackwardPassIsTheGradient(int half) {
        Matrix cos = Matrix.allocate(arena, 5, half);
        Matrix sin = Matrix.allocate(arena, 5, half);
        for (int p = 0; p < 5; p++) {
            for (int i = 0; i < half; i++) {
                cos.set(p, i, (float) Math.cos(p * Math.pow(10, -i)));
                sin.set(p, i, (float) Math.sin(p * Math.pow(10, -i)));
            }
        }
        Matrix x = Matrices.random(arena, POSITIONS.length, 3 * 2 * half, random);
        double[] before = values(x);
        Rope.forward(workers, x, POSITIONS, cos, sin);
        assertClose(values(x), reference(before, half, cos, sin));

        Matrix dOut = Matrices.random(arena, POSITIONS.length, 3 * 2 * half, random);
        double[] cotangent = values(dOut);
        Rope.backward(workers, dOut, POSITIONS, cos, sin);
        assertClose(
                values(dOut), CentralDifferences.gradient(p -> dot(reference(p, half, cos, sin), cotangent), before));
    }

    @Test
    void anotherPositionIsNoticed() {
        Matrix cos = Matrix.allocate(arena, 5, 1);
        Matrix sin = Matrix.allocate(arena, 5, 1);
        for (int p = 0; p < 5; p++) {
            cos.set(p, 0, (float) Math.cos(p));
            sin.set(p, 0, (float) Math.sin(p));
        }
        Matrix x = Matrices.random(arena, 5, 2, random);
        double[] expected = reference(values(x), 1, cos, sin);
        Rope.forward(workers, x, new int[] {1, 4, 2, 2, 1}, cos, sin);
        assertThat(CentralDifferences.distance(values(x), expected)).isGreaterThan(1e-2);
    }

    private static double[] reference(double[] x, int half, Matrix cos, Matrix sin) {
        double[] out = new double[x.length];
        int width = x.length / POSITIONS.length;
        for (int row = 0; row < POSITIONS.length; row++) {
            for (int head = 0; head < width; head += 2 * half) {
                for (int i = 0; i < half; i++) {
                    int a = row * width + head + i;
                    double c = cos.get(POSITIONS[row], i);
                    double s = sin.get(POSITIONS[row], i);
                    out[a] = x[a] * c - x[a + half] * s;
                    out[a + half] = x[a + half] * c + x[a] * s;
                }
            }
        }
        return out;
    }
}
