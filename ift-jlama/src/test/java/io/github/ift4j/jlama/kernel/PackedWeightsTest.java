package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products with packed weights equal the plain loop over the float32 numbers that they stand for, bit for bit. */
class PackedWeightsTest {
    private static final int BLOCK = 32;

    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(3);
    private final VectorGemm gemm = new VectorGemm(workers);
    private final Random random = new Random(11);

    @AfterEach
    void release() {
        gemm.close();
        workers.close();
        arena.close();
    }

    static Stream<Arguments> sizes() {
        int[][] blocks = {
            {1, 1, 32},
            {1, 70, 64},
            {1, 33, 352},
            {2, 40, 96},
            {7, 31, 672},
            {9, 64, 160},
            {130, 65, 320},
            {200, 33, 672},
            {3, 4100, 32},
            {2, 33, 4160}
        };
        int[][] any = {
            {1, 1, 1},
            {1, 70, 65},
            {1, 5, 129},
            {2, 40, 97},
            {7, 31, 643},
            {8, 96, 33},
            {130, 65, 321},
            {200, 70, 333},
            {9, 33, 2050},
            {2, 650, 4099}
        };
        return Arrays.stream(WeightFormat.values())
                .flatMap(format -> Arrays.stream(format.hasFactors() ? blocks : any)
                        .map(size -> Arguments.of(format, size[0], size[1], size[2])));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void aProductEqualsThePlainLoopOverTheNumbers(WeightFormat format, int m, int n, int k) {
        Matrix a = Matrices.randomStrided(arena, m, k, 4, random);
        StoredWeights stored = stored(format, n, k);
        Matrix numbers = numbers(stored);
        PackedWeights packed = gemm.pack(stored, arena);
        for (boolean accumulate : new boolean[] {false, true}) {
            Matrix c = Matrices.randomStrided(arena, m, n, 6, random);
            Matrix expected = Matrices.copy(arena, c);
            plain(a, numbers, expected, accumulate);
            gemm.multiplyPacked(a, packed, c, accumulate);
            assertSameBits(c, expected);
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void theProductOfAGradientEqualsThePlainLoopOverTheNumbers(WeightFormat format, int m, int k, int n) {
        Matrix a = Matrices.randomStrided(arena, m, k, 4, random);
        StoredWeights stored = stored(format, k, n);
        Matrix transposed = numbers(stored).transposed(arena);
        PackedWeights packed = gemm.pack(stored, arena);
        for (boolean accumulate : new boolean[] {false, true}) {
            Matrix c = Matrices.randomStrided(arena, m, n, 6, random);
            Matrix expected = Matrices.copy(arena, c);
            plain(a, transposed, expected, accumulate);
            gemm.multiplyPacked(Form.A_B, a, packed, c, accumulate);
            assertSameBits(c, expected);
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void unpackedRowsAreTheNumbers(WeightFormat format, int m, int rows, int cols) {
        StoredWeights stored = stored(format, rows, cols);
        Matrix numbers = numbers(stored);
        PackedWeights packed = gemm.pack(stored, arena);
        int first = rows > PackedWeights.ROW_MULTIPLE ? PackedWeights.ROW_MULTIPLE : 0;
        Matrix to = Matrices.randomStrided(arena, rows - first, cols, 3, random);
        gemm.unpack(packed, first, to);
        assertSameBits(to, numbers.rowRange(first, rows));
        PackedWeights part = packed.rowRange(first, rows);
        Matrix a = Matrices.random(arena, m, cols, random);
        Matrix c = Matrix.allocate(arena, m, rows - first);
        Matrix expected = Matrix.allocate(arena, m, rows - first);
        plain(a, numbers.rowRange(first, rows), expected, false);
        gemm.multiplyPacked(a, part, c, false);
        assertSameBits(c, expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 100, 200})
    void severalWeightsAtOnceGiveTheBitsOfEachAlone(int rows) {
        Matrix a = Matrices.random(arena, rows, 96, random);
        List<PackedWeights> weights = new ArrayList<>();
        for (WeightFormat format : WeightFormat.values()) {
            weights.add(gemm.pack(stored(format, 40 + 33 * weights.size(), 96), arena));
        }
        int width = weights.stream().mapToInt(PackedWeights::rows).sum();
        Matrix together = Matrices.random(arena, rows, width, random);
        Matrix alone = Matrices.copy(arena, together);
        for (boolean accumulate : new boolean[] {false, true}) {
            gemm.multiplyPacked(a, weights, parts(together, weights), accumulate);
            List<Matrix> each = parts(alone, weights);
            for (int i = 0; i < each.size(); i++) {
                gemm.multiplyPacked(a, weights.get(i), each.get(i), accumulate);
            }
            assertSameBits(together, alone);
        }
    }

    /** The columns of each weight's result, side by side. */
    private static List<Matrix> parts(Matrix all, List<PackedWeights> weights) {
        List<Matrix> parts = new ArrayList<>();
        int from = 0;
        for (PackedWeights weight : weights) {
            parts.add(all.columnRange(from, from + weight.rows()));
            from += weight.rows();
        }
        return parts;
    }

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void oneThreadGivesTheSameBits(WeightFormat format) {
        StoredWeights stored = stored(format, 300, 640);
        for (int m : new int[] {1, 9, 200}) {
            Matrix a = Matrices.random(arena, m, 640, random);
            Matrix shared = Matrix.allocate(arena, m, 300);
            Matrix single = Matrix.allocate(arena, m, 300);
            gemm.multiplyPacked(a, gemm.pack(stored, arena), shared, false);
            try (Workers one = new Workers(1);
                    VectorGemm alone = new VectorGemm(one)) {
                alone.multiplyPacked(a, alone.pack(stored, arena), single, false);
            }
            assertSameBits(single, shared);
        }
    }

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void mixedRowsAreThoseOfThePlainMatrix(WeightFormat format) {
        StoredWeights stored = stored(format, 20, 96);
        int[] a = {3, 19, 0, 7};
        int[] b = {4, 19, 1, 0};
        Matrix mixed = Matrix.allocate(arena, 4, 96);
        Matrix expected = Matrix.allocate(arena, 4, 96);
        gemm.pack(stored, arena).gatherMixed(workers, a, b, 0.3f, mixed);
        Rows.gatherMixed(workers, numbers(stored), a, b, 0.3f, expected);
        assertSameBits(mixed, expected);
    }

    @ParameterizedTest
    @EnumSource(WeightFormat.class)
    void gatheredRowsAreTheNumbers(WeightFormat format) {
        StoredWeights stored = stored(format, 77, 96);
        Matrix numbers = numbers(stored);
        PackedWeights packed = gemm.pack(stored, arena);
        int[] rows =
                IntStream.concat(IntStream.range(0, 77), IntStream.of(3, 76, 3)).toArray();
        Matrix gathered = Matrix.allocate(arena, rows.length, 96);
        packed.gather(workers, rows, gathered);
        for (int i = 0; i < rows.length; i++) {
            assertThat(gathered.row(i)).containsExactly(numbers.row(rows[i]));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = WeightFormat.class,
            names = {"BFLOAT16", "EIGHT_BITS", "FOUR_BITS"})
    void theComparisonSeesASingleChangedWeight(WeightFormat format) {
        StoredWeights stored = stored(format, 40, 64);
        Matrix a = Matrices.random(arena, 1, 64, random);
        Matrix expected = Matrix.allocate(arena, 1, 40);
        plain(a, numbers(stored), expected, false);
        byte last = stored.numbers().get(ValueLayout.JAVA_BYTE, stored.numbers().byteSize() - 1);
        stored.numbers().set(ValueLayout.JAVA_BYTE, stored.numbers().byteSize() - 1, (byte) (last ^ 1 << 4));
        Matrix c = Matrix.allocate(arena, 1, 40);
        gemm.multiplyPacked(a, gemm.pack(stored, arena), c, false);
        assertThatThrownBy(() -> assertSameBits(c, expected)).isInstanceOf(AssertionError.class);
    }

    @Test
    void sizesThatDoNotAgreeAreRefused() {
        PackedWeights packed = gemm.pack(stored(WeightFormat.EIGHT_BITS, 5, 64), arena);
        for (int m : new int[] {1, 2}) {
            Matrix a = Matrix.allocate(arena, m, 32);
            Matrix c = Matrix.allocate(arena, m, 5);
            assertThatThrownBy(() -> gemm.multiplyPacked(a, packed, c, false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("A_BT of %s x 32 and 5 x 64 does not give %s x 5", m, m);
        }
        Matrix gradient = Matrix.allocate(arena, 2, 6);
        Matrix result = Matrix.allocate(arena, 2, 64);
        assertThatThrownBy(() -> gemm.multiplyPacked(Form.A_B, gradient, packed, result, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A_B of 2 x 6 and 5 x 64 does not give 2 x 64");
        assertThatThrownBy(() -> packed.rowRange(1, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 is not a multiple of 64");
        assertThatThrownBy(() -> gemm.unpack(packed, 0, gradient))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 x 6 are no rows of 5 x 64 weights from 0 on");
        assertThatThrownBy(() -> stored(WeightFormat.FOUR_BITS, 5, 48))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("48 columns are not whole blocks of 32");
        MemorySegment small = arena.allocate(100);
        assertThatThrownBy(() -> StoredWeights.of(WeightFormat.BFLOAT16, 10, 6, small))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10 x 6");
    }

    /** Random weights, all whole numbers and factors of either sign among them, at an odd address as in a mapped file. */
    private StoredWeights stored(WeightFormat format, int rows, int cols) {
        int size = rows * cols;
        if (format == WeightFormat.FLOAT32) {
            MemorySegment numbers = arena.allocate(4L * size + 1).asSlice(1);
            for (int i = 0; i < size; i++) {
                numbers.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, (float) random.nextGaussian());
            }
            return StoredWeights.of(WeightFormat.FLOAT32, rows, cols, numbers);
        }
        if (format == WeightFormat.BFLOAT16) {
            MemorySegment numbers = arena.allocate(2L * size + 1).asSlice(1);
            for (int i = 0; i < size; i++) {
                int bits = Float.floatToRawIntBits((float) random.nextGaussian());
                numbers.set(ValueLayout.JAVA_BYTE, 2L * i, (byte) (bits >> 16));
                numbers.set(ValueLayout.JAVA_BYTE, 2L * i + 1, (byte) (bits >> 24));
            }
            return StoredWeights.of(WeightFormat.BFLOAT16, rows, cols, numbers);
        }
        byte[] bytes = new byte[format == WeightFormat.FOUR_BITS ? size / 2 : size];
        random.nextBytes(bytes);
        MemorySegment numbers = arena.allocate(bytes.length + 1L).asSlice(1);
        numbers.copyFrom(MemorySegment.ofArray(bytes));
        MemorySegment factors = arena.allocate(size / BLOCK * 4L + 1).asSlice(1);
        for (int i = 0; i < size / BLOCK; i++) {
            factors.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, (float) random.nextGaussian());
        }
        return new StoredWeights(format, rows, cols, numbers, factors);
    }

    /** The definition of each format, weight by weight. */
    private Matrix numbers(StoredWeights stored) {
        Matrix numbers = Matrix.allocate(arena, stored.rows(), stored.cols());
        MemorySegment bytes = stored.numbers();
        for (int row = 0; row < stored.rows(); row++) {
            for (int col = 0; col < stored.cols(); col++) {
                long i = (long) row * stored.cols() + col;
                numbers.set(
                        row,
                        col,
                        switch (stored.format()) {
                            case FLOAT32 -> bytes.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * i);
                            case BFLOAT16 ->
                                Float.intBitsToFloat(bytes.get(ValueLayout.JAVA_BYTE, 2 * i + 1) << 24
                                        | (bytes.get(ValueLayout.JAVA_BYTE, 2 * i) & 0xff) << 16);
                            case EIGHT_BITS -> bytes.get(ValueLayout.JAVA_BYTE, i) * factor(stored, i);
                            default -> {
                                int pair = bytes.get(ValueLayout.JAVA_BYTE, i / BLOCK * 16 + i % 16) & 0xff;
                                yield ((i % BLOCK < 16 ? pair % 16 : pair / 16) - 8) * factor(stored, i);
                            }
                        });
            }
        }
        return numbers;
    }

    private static float factor(StoredWeights stored, long i) {
        return stored.factors().get(ValueLayout.JAVA_FLOAT_UNALIGNED, i / BLOCK * 4);
    }

    private static void plain(Matrix a, Matrix b, Matrix c, boolean accumulate) {
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.cols(); j++) {
                float sum = accumulate ? c.get(i, j) : 0;
                for (int p = 0; p < a.cols(); p++) {
                    sum = Math.fma(a.get(i, p), b.get(j, p), sum);
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
