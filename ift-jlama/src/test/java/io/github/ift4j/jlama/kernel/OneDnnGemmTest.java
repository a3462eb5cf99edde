package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Skipped where oneDNN has no products in bfloat16. */
class OneDnnGemmTest {
    /** Largest relative error of rounding to eight bits. */
    private static final double BFLOAT16_ROUNDING = 0x1p-9;

    private static final double FLOAT_ROUNDING = 0x1p-24;

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(3);
    private final OneDnnGemm gemm = new OneDnnGemm(workers);
    private final Random random = new Random(7);

    @BeforeAll
    static void needsTheLibrary() {
        OneDnnLibrary.assumeThere();
    }

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
        "7,17,9",
        "5,3,2",
        "64,64,64",
        "13,100,321",
        "200,33,640",
        "257,257,100",
        "130,700,40",
        "31,45,1100"
    })
    void addsUpTheRoundedNumbersInEveryForm(int m, int n, int k) {
        for (Form form : Form.values()) {
            for (boolean accumulate : new boolean[] {false, true}) {
                Matrix a = left(form, m, k);
                Matrix b = right(form, n, k);
                Matrix c = Matrices.randomStrided(arena, m, n, 6, random);
                Matrix before = Matrices.copy(arena, c);
                gemm.multiply(form, a, b, c, accumulate);
                assertClose(form, rounded(a), rounded(b), before, c, accumulate, 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"13,100,321", "200,33,640", "257,257,100"})
    void differsFromFloat32ByTheRoundingOfItsOperands(int m, int n, int k) {
        for (Form form : Form.values()) {
            Matrix a = left(form, m, k);
            Matrix b = right(form, n, k);
            Matrix c = Matrices.random(arena, m, n, random);
            gemm.multiply(form, a, b, c, false);
            assertClose(form, a, b, c, c, false, 2 * BFLOAT16_ROUNDING + BFLOAT16_ROUNDING * BFLOAT16_ROUNDING);
        }
    }

    @Test
    void theCheckSeesProductsInFloat32() {
        Matrix a = left(Form.A_BT, 13, 321);
        Matrix b = right(Form.A_BT, 100, 321);
        Matrix c = Matrix.allocate(arena, 13, 100);
        gemm.exact().multiply(Form.A_BT, a, b, c, false);
        assertThatThrownBy(() -> assertClose(Form.A_BT, rounded(a), rounded(b), c, c, false, 0))
                .isInstanceOf(AssertionError.class);
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void givesTheSameBitsAgainAndOnAnyNumberOfThreads(Form form) {
        Matrix a = left(form, 300, 1050);
        Matrix b = right(form, 600, 1050);
        Matrix first = Matrix.allocate(arena, 300, 600);
        Matrix again = Matrix.allocate(arena, 300, 600);
        Matrix single = Matrix.allocate(arena, 300, 600);
        gemm.multiply(form, a, b, first, false);
        gemm.multiply(form, a, b, again, false);
        try (Workers one = new Workers(1);
                OneDnnGemm alone = new OneDnnGemm(one)) {
            alone.multiply(form, a, b, single, false);
        }
        assertSameBits(again, first);
        assertSameBits(single, first);
    }

    @ParameterizedTest
    @EnumSource(value = Form.class, names = "AT_B", mode = EnumSource.Mode.EXCLUDE)
    void aPartOfAWeightGivesTheSameBitsAsAnyOtherMatrix(Form form) {
        Matrix a = left(form, 20, 48);
        Matrix whole = Matrices.random(arena, 100, 100, random);
        Matrix weight = form == Form.A_BT
                ? whole.rowRange(10, 80).columnRange(3, 51)
                : whole.rowRange(10, 58).columnRange(3, 73);
        Matrix kept = Matrix.allocate(arena, 20, 70);
        Matrix plain = Matrix.allocate(arena, 20, 70);
        gemm.multiplyWeight(form, a, weight, kept, false);
        gemm.multiply(form, a, weight, plain, false);
        assertSameBits(kept, plain);
    }

    @Test
    void aWeightIsRoundedAgainWhenItHasChangedAndNotBefore() {
        Matrix a = left(Form.A_BT, 9, 20);
        Matrix weight = Matrices.random(arena, 11, 20, random);
        Matrix old = Matrix.allocate(arena, 9, 11);
        Matrix kept = Matrix.allocate(arena, 9, 11);
        Matrix changed = Matrix.allocate(arena, 9, 11);
        Matrix expected = Matrix.allocate(arena, 9, 11);
        gemm.multiplyWeight(Form.A_BT, a, weight, old, false);
        weight.set(0, 0, weight.get(0, 0) + 1);
        gemm.multiplyWeight(Form.A_BT, a, weight, kept, false);
        gemm.weightsChanged(weight.segment());
        gemm.multiplyWeight(Form.A_BT, a, weight, changed, false);
        gemm.multiply(Form.A_BT, a, weight, expected, false);
        assertSameBits(kept, old);
        assertSameBits(changed, expected);
        assertThatThrownBy(() -> assertSameBits(changed, old)).isInstanceOf(AssertionError.class);
    }

    @Test
    void moreShapesThanAreKeptAreStillRight() {
        try (OneDnnGemm forgetful = new OneDnnGemm(workers, 4)) {
            for (int round = 0; round < 2; round++) {
                for (int n = 1; n <= 6; n++) {
                    Matrix a = left(Form.A_BT, 140, 12);
                    Matrix b = right(Form.A_BT, n, 12);
                    Matrix c = Matrix.allocate(arena, 140, n);
                    forgetful.multiply(Form.A_BT, a, b, c, false);
                    assertClose(Form.A_BT, rounded(a), rounded(b), c, c, false, 0);
                }
            }
        }
    }

    @Test
    void infinitiesAndNanReachTheResult() {
        Matrix a = Matrix.allocate(arena, 2, 3);
        Matrix b = Matrix.allocate(arena, 1, 3);
        Matrix c = Matrix.allocate(arena, 2, 1);
        a.setRow(0, new float[] {1, Float.NaN, 1});
        a.setRow(1, new float[] {1, Float.POSITIVE_INFINITY, 1});
        b.setRow(0, new float[] {1, 1, 1});
        gemm.multiply(Form.A_BT, a, b, c, false);
        assertThat(c.get(0, 0)).isNaN();
        assertThat(c.get(1, 0)).isEqualTo(Float.POSITIVE_INFINITY);
    }

    @Test
    void nothingToAddUpGivesZero() {
        Matrix c = Matrices.random(arena, 3, 2, random);
        gemm.multiply(Form.A_BT, Matrix.allocate(arena, 3, 0), Matrix.allocate(arena, 2, 0), c, false);
        assertThat(c.row(1)).containsExactly(0, 0);
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
    void aProductThatOneDnnRefusesIsAnException() {
        try (OneDnn library = new OneDnn()) {
            OneDnnProduct.Shape senseless = new OneDnnProduct.Shape(-5, 1, 1, 1, 1, 1, 1, 1, false);
            assertThatThrownBy(() -> new OneDnnProduct(library, senseless, 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("oneDNN failed at the shape of a matrix: invalid arguments");
        }
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

    private Matrix rounded(Matrix matrix) {
        Matrix rounded = Matrix.allocate(arena, matrix.rows(), matrix.cols());
        for (int row = 0; row < matrix.rows(); row++) {
            for (int col = 0; col < matrix.cols(); col++) {
                rounded.set(row, col, Float.intBitsToFloat(Bfloat16.round(matrix.get(row, col)) << 16));
            }
        }
        return rounded;
    }

    /**
     * Compares with sums in float64. Products of two bfloat16 are exact in float32, so adding up k of them and the old value in any order
     * is off by at most k roundings of the sum of their sizes (Higham, Accuracy and Stability of Numerical Algorithms, section 4.2).
     *
     * @param operandError relative error of a term that comes from rounding its factors
     */
    private static void assertClose(
            Form form, Matrix a, Matrix b, Matrix before, Matrix actual, boolean accumulate, double operandError) {
        int k = form.k(a);
        for (int i = 0; i < actual.rows(); i++) {
            for (int j = 0; j < actual.cols(); j++) {
                double sum = accumulate ? before.get(i, j) : 0;
                double size = Math.abs(sum);
                for (int p = 0; p < k; p++) {
                    double x = form == Form.AT_B ? a.get(p, i) : a.get(i, p);
                    double y = form == Form.A_BT ? b.get(j, p) : b.get(p, j);
                    sum += x * y;
                    size += Math.abs(x * y);
                }
                assertThat(Math.abs(actual.get(i, j) - sum))
                        .as("%s (%s, %s)", form, i, j)
                        .isLessThanOrEqualTo((operandError + (k + 1) * FLOAT_ROUNDING) * size);
            }
        }
    }

    private static void assertSameBits(Matrix actual, Matrix expected) {
        for (int row = 0; row < expected.rows(); row++) {
            assertThat(actual.row(row)).as("row %s", row).containsExactly(expected.row(row));
        }
    }
}
