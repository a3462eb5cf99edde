package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.CentralDifferences.assertClose;
import static io.github.ift4j.jlama.kernel.CentralDifferences.dot;
import static io.github.ift4j.jlama.kernel.Matrices.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopKRouterTest {
    private final Arena arena = Arena.ofShared();
    private final Workers workers = new Workers(2);
    private final Random random = new Random(12);

    @AfterEach
    void release() {
        workers.close();
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,4,2", "9,8,2", "5,16,4", "700,8,8"})
    void choosesTheMostProbableExpertsAndSharesTheRowAmongThem(int rows, int experts, int k) {
        Case c = new Case(rows, experts, k);
        double[] logits = values(c.logits);
        for (int row = 0; row < rows; row++) {
            for (int slot = 1; slot < k; slot++) {
                assertThat(c.logit(row, slot)).isLessThanOrEqualTo(c.logit(row, slot - 1));
            }
            double smallest = c.logit(row, k - 1);
            int base = row * experts;
            long larger = IntStream.range(0, experts)
                    .filter(e -> logits[base + e] > smallest)
                    .count();
            assertThat(larger).isLessThan(k);
        }
        assertClose(values(c.share), reference(logits, values(c.chosen), experts, k));
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,4,2", "9,8,2", "5,16,4"})
    void itsBackwardPassIsTheGradient(int rows, int experts, int k) {
        Case c = new Case(rows, experts, k);
        Matrix dShare = Matrices.randomStrided(arena, rows, k, 3, random);
        Matrix dLogits = Matrices.randomStrided(arena, rows, experts, 2, random);
        TopKRouter.backward(workers, c.chosen, c.share, dShare, dLogits);
        double[] chosen = values(c.chosen);
        double[] cotangent = values(dShare);
        assertClose(
                values(dLogits),
                CentralDifferences.gradient(p -> dot(reference(p, chosen, experts, k), cotangent), values(c.logits)));
    }

    @Test
    void theLowestIdComesFirstAmongEquals() {
        Matrix logits = Matrix.allocate(arena, 1, 6);
        logits.set(0, 2, 1);
        logits.set(0, 4, 1);
        Matrix chosen = Matrix.allocate(arena, 1, 3);
        Matrix share = Matrix.allocate(arena, 1, 3);
        TopKRouter.forward(workers, logits, 3, chosen, share);
        assertThat(values(chosen)).containsExactly(2, 4, 0);
        assertThat(share.get(0, 0)).isEqualTo(share.get(0, 1));
    }

    @Test
    void sharesThatAreNotRenormalisedAreNoticed() {
        Case c = new Case(3, 8, 2);
        double[] everyone = new double[3 * 8];
        for (int i = 0; i < everyone.length; i++) {
            everyone[i] = i % 8;
        }
        double[] all = reference(values(c.logits), everyone, 8, 8);
        double[] probabilities = new double[3 * 2];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = all[i / 2 * 8 + (int) c.chosen.get(i / 2, i % 2)];
        }
        assertThat(CentralDifferences.distance(values(c.share), probabilities)).isGreaterThan(1e-2);
    }

    @Test
    void moreExpertsThanThereAreCannotBeChosen() {
        Matrix logits = Matrix.allocate(arena, 1, 2);
        Matrix three = Matrix.allocate(arena, 1, 3);
        assertThatThrownBy(() -> TopKRouter.forward(workers, logits, 3, three, three))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cannot choose 3 of 2 experts");
    }

    /** Probabilities of the chosen experts, divided by their sum. */
    private static double[] reference(double[] logits, double[] chosen, int experts, int k) {
        double[] share = new double[chosen.length];
        for (int row = 0; row < logits.length / experts; row++) {
            double denominator = 0;
            for (int expert = 0; expert < experts; expert++) {
                denominator += Math.exp(logits[row * experts + expert]);
            }
            double sum = 0;
            for (int slot = row * k; slot < (row + 1) * k; slot++) {
                share[slot] = Math.exp(logits[row * experts + (int) chosen[slot]]) / denominator;
                sum += share[slot];
            }
            for (int slot = row * k; slot < (row + 1) * k; slot++) {
                share[slot] /= sum;
            }
        }
        return share;
    }

    private final class Case {
        private final Matrix logits;
        private final Matrix chosen;
        private final Matrix share;

        Case(int rows, int experts, int k) {
            logits = Matrices.randomStrided(arena, rows, experts, 2, random);
            chosen = Matrices.randomStrided(arena, rows, k, 1, random);
            share = Matrices.randomStrided(arena, rows, k, 4, random);
            TopKRouter.forward(workers, logits, k, chosen, share);
        }

        double logit(int row, int slot) {
            return logits.get(row, (int) chosen.get(row, slot));
        }
    }
}
