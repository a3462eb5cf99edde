package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.CentralDifferences.dot;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RopeTest {
    private static final int[] TABLE_ROWS = {0, 4, 2, 2, 1};

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(3);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,2,1", "3,6,1", "8,16,1", "20,40,1", "1,5,1", "3,8,1.2", "8,40,0.7"})
    void equalsItsScalarReferenceAndItsBackwardPassIsTheGradient(int half, int headDim, float factor) {
        Matrix cos = Matrix.allocate(arena, 5, half);
        Matrix sin = Matrix.allocate(arena, 5, half);
        for (int p = 0; p < 5; p++) {
            for (int i = 0; i < half; i++) {
                cos.set(p, i, factor * (float) Math.cos(p * Math.pow(10, -i)));
                sin.set(p, i, factor * (float) Math.sin(p * Math.pow(10, -i)));
            }
        }
        Matrix x = Matrices.randomStrided(arena, TABLE_ROWS.length, 3 * headDim, 2, random);
        double[] before = values(x);
        Rope.forward(workers, x, headDim, TABLE_ROWS, cos, sin);
        assertClose(values(x), reference(before, headDim, cos, sin));

        Matrix dOut = Matrices.randomStrided(arena, TABLE_ROWS.length, 3 * headDim, 4, random);
        double[] cotangent = values(dOut);
        Rope.backward(workers, dOut, headDim, TABLE_ROWS, cos, sin);
        assertClose(
                values(dOut),
                CentralDifferences.gradient(p -> dot(reference(p, headDim, cos, sin), cotangent), before));
    }

    @Test
    void elementsThatAreNotRotatedKeepTheirBits() {
        Matrix table = Matrices.random(arena, 5, 2, random);
        Matrix x = Matrices.random(arena, TABLE_ROWS.length, 2 * 7, random);
        Matrix before = Matrices.copy(arena, x);
        Rope.forward(workers, x, 7, TABLE_ROWS, table, table);
        for (int head = 0; head < 2; head++) {
            assertThat(values(x.columnRange(7 * head + 4, 7 * head + 7)))
                    .isEqualTo(values(before.columnRange(7 * head + 4, 7 * head + 7)));
            assertThat(values(x.columnRange(7 * head, 7 * head + 4)))
                    .isNotEqualTo(values(before.columnRange(7 * head, 7 * head + 4)));
        }
    }

    @Test
    void anotherTableRowIsNoticed() {
        Matrix cos = Matrix.allocate(arena, 5, 1);
        Matrix sin = Matrix.allocate(arena, 5, 1);
        for (int p = 0; p < 5; p++) {
            cos.set(p, 0, (float) Math.cos(p));
            sin.set(p, 0, (float) Math.sin(p));
        }
        Matrix x = Matrices.random(arena, 5, 2, random);
        double[] expected = reference(values(x), 2, cos, sin);
        Rope.forward(workers, x, 2, new int[] {1, 4, 2, 2, 1}, cos, sin);
        assertThat(CentralDifferences.distance(values(x), expected)).isGreaterThan(1e-2);
    }

    @Test
    void aRotationWiderThanTheHeadIsRefused() {
        Matrix table = Matrix.allocate(arena, 5, 4);
        Matrix x = Matrix.allocate(arena, 5, 12);
        assertThatThrownBy(() -> Rope.forward(workers, x, 6, TABLE_ROWS, table, table))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rows of 12 do not divide into heads of 6 of which 8 are rotated");
    }

    private static double[] reference(double[] x, int headDim, Matrix cos, Matrix sin) {
        double[] out = x.clone();
        int half = cos.cols();
        int width = x.length / TABLE_ROWS.length;
        for (int row = 0; row < TABLE_ROWS.length; row++) {
            for (int head = 0; head < width; head += headDim) {
                for (int i = 0; i < half; i++) {
                    int a = row * width + head + i;
                    double c = cos.get(TABLE_ROWS[row], i);
                    double s = sin.get(TABLE_ROWS[row], i);
                    out[a] = x[a] * c - x[a + half] * s;
                    out[a + half] = x[a + half] * c + x[a] * s;
                }
            }
        }
        return out;
    }
}
