package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KlDivergenceTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(5);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,1,0", "3,7,7,0", "3,7,2,0", "5,33,16,0", "2,1100,400,0", "3,7,7,1.5", "5,33,16,1.5"})
    void valuesAndGradientsEqualTheScalarReferenceInChunksToo(int rows, int vocabulary, int chunk, float cap) {
        Matrix logits = Matrices.randomStrided(arena, rows, vocabulary, 3, random);
        Matrix reference = Matrices.random(arena, rows, vocabulary, random);
        double[] z = values(logits);
        double[] r = values(reference);
        int[] labels = random.ints(rows, 0, vocabulary).toArray();
        double[] dLogps = random.doubles(rows, -1, 1).toArray();
        double[] dKls = random.doubles(rows, -1, 1).toArray();
        double[] expected = CentralDifferences.gradient(
                x -> {
                    double loss = 0;
                    double[] capped = capped(x, cap);
                    for (int row = 0; row < rows; row++) {
                        loss += dLogps[row] * logp(capped, row, vocabulary, labels[row])
                                + dKls[row] * divergence(r, capped, row, vocabulary);
                    }
                    return loss;
                },
                z);
        if (cap > 0) {
            SoftCap.forward(workers, logits, cap);
        }

        KlDivergence divergence = new KlDivergence(labels);
        for (int first = 0; first < vocabulary; first += chunk) {
            int end = Math.min(vocabulary, first + chunk);
            divergence.add(workers, logits.columnRange(first, end), reference.columnRange(first, end), first);
        }
        for (int row = 0; row < rows; row++) {
            // Two float32 sums over the vocabulary, and logits whose rounding is about 1e-7.
            assertThat(divergence.divergence(row))
                    .isCloseTo(divergence(r, capped(z, cap), row, vocabulary), within(3e-6));
            assertThat(divergence.reference().logp(row)).isCloseTo(logp(r, row, vocabulary, labels[row]), within(2e-6));
        }
        for (int first = 0; first < vocabulary; first += chunk) {
            int end = Math.min(vocabulary, first + chunk);
            divergence.backward(
                    workers,
                    logits.columnRange(first, end),
                    reference.columnRange(first, end),
                    first,
                    dLogps,
                    dKls,
                    cap);
        }

        if (vocabulary > 1) {
            assertClose(values(logits), expected);
            double[] withoutDivergence = CentralDifferences.gradient(
                    x -> {
                        double loss = 0;
                        for (int row = 0; row < rows; row++) {
                            loss += dLogps[row] * logp(capped(x, cap), row, vocabulary, labels[row]);
                        }
                        return loss;
                    },
                    z);
            assertThat(CentralDifferences.distance(withoutDivergence, expected))
                    .as("negative control: the gradient of the divergence is seen")
                    .isGreaterThan(1e-2);
        } else {
            assertThat(values(logits)).containsOnly(0);
        }
    }

    @Test
    void ofTheSameLogitsItIsExactlyZero() {
        Matrix logits = Matrices.random(arena, 4, 100, random);
        KlDivergence divergence = new KlDivergence(new int[4]);
        for (int first = 0; first < 100; first += 30) {
            Matrix part = logits.columnRange(first, Math.min(100, first + 30));
            divergence.add(workers, part, Matrices.copy(arena, part), first);
        }
        for (int row = 0; row < 4; row++) {
            assertThat(divergence.divergence(row)).isZero();
        }
    }

    @Test
    void distributionsThatHardlyOverlapAreFarApartAndNoLessANumber() {
        Matrix policy = Matrix.allocate(arena, 1, 3);
        Matrix reference = Matrix.allocate(arena, 1, 3);
        policy.set(0, 0, 10_000);
        reference.set(0, 1, 10_000);
        KlDivergence divergence = new KlDivergence(new int[1]);
        divergence.add(workers, policy, reference, 0);

        assertThat(divergence.divergence(0)).isCloseTo(10_000, within(1e-2));
        divergence.backward(workers, policy, reference, 0, new double[1], new double[] {1}, 0);
        assertThat(values(policy)).containsExactly(new double[] {1, -1, 0}, within(1e-6));
    }

    private static double[] capped(double[] logits, float cap) {
        return cap == 0
                ? logits
                : Arrays.stream(logits).map(x -> cap * Math.tanh(x / cap)).toArray();
    }

    private static double divergence(double[] reference, double[] policy, int row, int vocabulary) {
        double ofReference = normaliser(reference, row, vocabulary);
        double ofPolicy = normaliser(policy, row, vocabulary);
        double sum = 0;
        for (int i = row * vocabulary; i < (row + 1) * vocabulary; i++) {
            double q = reference[i] - ofReference;
            sum += Math.exp(q) * (q - (policy[i] - ofPolicy));
        }
        return sum;
    }

    private static double logp(double[] logits, int row, int vocabulary, int label) {
        return logits[row * vocabulary + label] - normaliser(logits, row, vocabulary);
    }

    private static double normaliser(double[] logits, int row, int vocabulary) {
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp(logits[row * vocabulary + i]);
        }
        return Math.log(sum);
    }
}
