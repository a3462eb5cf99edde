package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogSoftmaxTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(4);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,7,7", "3,7,2", "5,33,16", "4,2500,2500", "4,2500,1100"})
    void valuesAndGradientsEqualTheScalarReferenceInChunksToo(int rows, int vocabulary, int chunk) {
        Matrix logits = Matrices.random(arena, rows, vocabulary, random);
        double[] before = values(logits);
        int[] labels = random.ints(rows, 0, vocabulary).toArray();
        double[] scale = random.doubles(rows, -1, 1).toArray();
        LogSoftmax softmax = new LogSoftmax(labels);
        for (int first = 0; first < vocabulary; first += chunk) {
            softmax.add(workers, logits.columnRange(first, Math.min(vocabulary, first + chunk)), first);
        }
        for (int first = 0; first < vocabulary; first += chunk) {
            softmax.backward(workers, logits.columnRange(first, Math.min(vocabulary, first + chunk)), first, scale, 0);
        }
        double[] expected = new double[before.length];
        for (int row = 0; row < rows; row++) {
            assertThat(softmax.logp(row)).isCloseTo(logp(before, row, vocabulary, labels[row]), within(2e-6));
            for (int i = 0; i < vocabulary; i++) {
                double p = Math.exp(logp(before, row, vocabulary, i));
                expected[row * vocabulary + i] = scale[row] * ((i == labels[row] ? 1 : 0) - p);
            }
        }
        assertClose(values(logits), expected);
    }

    @ParameterizedTest
    @CsvSource({"1,2,1", "3,7,2", "5,33,16", "4,1100,1100"})
    void withASoftCapTheGradientIsThatBeforeTheCap(int rows, int vocabulary, int chunk) {
        float cap = 1.5f;
        Matrix logits = Matrices.randomStrided(arena, rows, vocabulary, 3, random);
        double[] before = values(logits);
        int[] labels = random.ints(rows, 0, vocabulary).toArray();
        double[] scale = random.doubles(rows, -1, 1).toArray();
        double[] expected = CentralDifferences.gradient(
                p -> {
                    double[] capped =
                            Arrays.stream(p).map(x -> cap * Math.tanh(x / cap)).toArray();
                    return IntStream.range(0, rows)
                            .mapToDouble(row -> scale[row] * logp(capped, row, vocabulary, labels[row]))
                            .sum();
                },
                before);
        SoftCap.forward(workers, logits, cap);
        LogSoftmax softmax = new LogSoftmax(labels);
        for (int first = 0; first < vocabulary; first += chunk) {
            softmax.add(workers, logits.columnRange(first, Math.min(vocabulary, first + chunk)), first);
        }
        Matrix uncapped = Matrices.copy(arena, logits);
        softmax.backward(workers, uncapped, 0, scale, 0);
        for (int first = 0; first < vocabulary; first += chunk) {
            softmax.backward(
                    workers, logits.columnRange(first, Math.min(vocabulary, first + chunk)), first, scale, cap);
        }
        assertClose(values(logits), expected);
        assertThat(CentralDifferences.distance(values(uncapped), expected))
                .as("without the slope of the cap")
                .isGreaterThan(1e-2);
    }

    @Test
    void theGreedyPredictionIsTheLowestAmongEquals() {
        Matrix logits = Matrix.allocate(arena, 1, 20);
        logits.set(0, 5, 2);
        logits.set(0, 17, 2);
        LogSoftmax softmax = new LogSoftmax(new int[] {0});
        softmax.add(workers, logits.columnRange(0, 10), 0);
        softmax.add(workers, logits.columnRange(10, 20), 10);
        int[] greedy = new int[2];
        LogSoftmax.greedy(workers, logits, greedy, 1);
        assertThat(softmax.greedy(0)).isEqualTo(5);
        assertThat(greedy).containsExactly(0, 5);
    }

    @Test
    void hugeLogitsNeitherOverflowNorVanish() {
        Matrix logits = Matrix.allocate(arena, 1, 3);
        logits.set(0, 0, -30_000);
        logits.set(0, 1, 30_000);
        logits.set(0, 2, 29_999);
        LogSoftmax softmax = new LogSoftmax(new int[] {2});
        softmax.add(workers, logits.columnRange(0, 1), 0);
        softmax.add(workers, logits.columnRange(1, 3), 1);
        assertThat(softmax.logp(0)).isCloseTo(-1 - Math.log1p(Math.exp(-1)), within(1e-6));
    }

    @Test
    void anotherLabelIsNoticed() {
        Matrix logits = Matrices.random(arena, 1, 7, random);
        LogSoftmax softmax = new LogSoftmax(new int[] {3});
        softmax.add(workers, logits, 0);
        assertThat(softmax.logp(0)).isNotCloseTo(logp(values(logits), 0, 7, 4), within(1e-3));
    }

    @Test
    void anOverflowedLogitShowsAsNotANumber() {
        Matrix logits = Matrix.allocate(arena, 1, 3);
        logits.set(0, 1, Float.NaN);
        LogSoftmax softmax = new LogSoftmax(new int[] {0});
        softmax.add(workers, logits, 0);
        assertThat(softmax.logp(0)).isNaN();
    }

    private static double logp(double[] logits, int row, int vocabulary, int label) {
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp(logits[row * vocabulary + i]);
        }
        return logits[row * vocabulary + label] - Math.log(sum);
    }
}
