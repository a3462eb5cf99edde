package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The packed product equals the plain loop bit for bit: the contract of {@link Gemm}. */
class VectorGemmTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(3);
    private final VectorGemm gemm = new VectorGemm(workers);
    private final Random random = new Random(7);

    @AfterEach
    void release() {
        gemm.close();
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,1",
        "1,16,8",
        "6,16,1",
        "7,17,9",
        "5,3,2",
        "64,64,64",
        "13,100,321",
        "200,33,640",
        "13,40,2049",
        "97,257,1000",
        "2,4100,40",
        "3100,5,7"
    })
    void equalsThePlainLoopInEveryForm(int m, int n, int k) {
        for (Form form : Form.values()) {
            for (boolean accumulate : new boolean[] {false, true}) {
                Matrix a = left(form, m, k);
                Matrix b = right(form, n, k);
                Matrix c = Matrices.randomStrided(arena, m, n, 6, random);
                Matrix expected = Matrices.copy(arena, c);
                plain(form, a, b, expected, accumulate);
                gemm.multiply(form, a, b, c, accumulate);
                assertSameBits(c, expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void oneThreadAndAWorkerOfItsOwnGiveTheSameBits(Form form) {
        Matrix a = left(form, 130, 350);
        Matrix b = right(form, 90, 350);
        Matrix shared = Matrix.allocate(arena, 130, 90);
        Matrix own = Matrix.allocate(arena, 130, 90);
        Matrix single = Matrix.allocate(arena, 130, 90);
        gemm.multiply(form, a, b, shared, false);
        gemm.multiply(2, form, a, b, own, false);
        try (Workers one = new Workers(1);
                VectorGemm alone = new VectorGemm(one)) {
            alone.multiply(form, a, b, single, false);
        }
        assertSameBits(own, shared);
        assertSameBits(single, shared);
    }

    @ParameterizedTest
    @CsvSource({"1,70,50", "1,5,640", "1,33,1", "2,70,50", "40,130,700"})
    void packedWeightsGiveTheSameBits(int m, int n, int k) {
        Matrix a = left(Form.A_BT, m, k);
        Matrix b = right(Form.A_BT, n, k);
        PackedWeights packed = gemm.pack(b, arena);
        for (boolean accumulate : new boolean[] {false, true}) {
            Matrix c = Matrices.random(arena, m, n, random);
            Matrix expected = Matrices.copy(arena, c);
            plain(Form.A_BT, a, b, expected, accumulate);
            gemm.multiplyPacked(a, packed, c, accumulate);
            assertSameBits(c, expected);
        }
    }

    @Test
    void sizesThatDoNotAgreeAreRefused() {
        Matrix a = Matrix.allocate(arena, 3, 4);
        Matrix b = Matrix.allocate(arena, 5, 6);
        Matrix c = Matrix.allocate(arena, 3, 5);
        assertThatThrownBy(() -> gemm.multiply(Form.A_BT, a, b, c, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A_BT of 3 x 4 and 5 x 6 does not give 3 x 5");
    }

    @Test
    void theComparisonSeesASingleFlippedBit() {
        Matrix a = Matrices.random(arena, 4, 4, random);
        Matrix b = Matrices.copy(arena, a);
        b.set(2, 3, Math.nextUp(b.get(2, 3)));
        assertThatThrownBy(() -> assertSameBits(a, b)).isInstanceOf(AssertionError.class);
    }

    private Matrix left(Form form, int m, int k) {
        return form == Form.AT_B
                ? Matrices.randomStrided(arena, k, m, 4, random)
                : Matrices.randomStrided(arena, m, k, 4, random);
    }

    private Matrix right(Form form, int n, int k) {
        return form == Form.A_BT
                ? Matrices.randomStrided(arena, n, k, 2, random)
                : Matrices.randomStrided(arena, k, n, 2, random);
    }

    private static void plain(Form form, Matrix a, Matrix b, Matrix c, boolean accumulate) {
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.cols(); j++) {
                float sum = accumulate ? c.get(i, j) : 0;
                for (int p = 0; p < form.k(a); p++) {
                    float x = form == Form.AT_B ? a.get(p, i) : a.get(i, p);
                    float y = form == Form.A_BT ? b.get(j, p) : b.get(p, j);
                    sum = Math.fma(x, y, sum);
                }
                c.set(i, j, sum);
            }
        }
    }

    private static void assertSameBits(Matrix actual, Matrix expected) {
        for (int row = 0; row < expected.rows(); row++) {
            assertThat(actual.row(row)).as("row %s", row).containsExactly(expected.row(row));
        }
    }
}
