package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import org.junit.jupiter.api.Test;

class StepCostTest {
    /** One layer, hidden 4, intermediate 6, two heads of 2, one of keys, vocabulary 10. */
    private static final StepCost COST = new StepCost(
            DecoderConfig.llama(10, 4, 6, 1, AttentionConfig.of(2, 1, 2)).build());

    /** q and o 4 x 4, k and v 2 x 4, three of the MLP 6 x 4. */
    private static final double LAYER_WEIGHTS = 2 * 16 + 2 * 8 + 3 * 24;

    @Test
    void aTokenThatPredictsOneLabelTakesTwoOperationsAWeightForwardAndFourBackward() {
        double attention = 2 * 2 * 4; // scores and sums over one position, width 4
        double forward = 2 * LAYER_WEIGHTS + attention + 2 * 4 * 10;

        assertThat(COST.operations(2, 1, false)).isCloseTo(3 * forward, within(1e-9));
    }

    @Test
    void theSecondPassComputesTheRowsAfterTheFirstLabelOnly() {
        double oneLabel = COST.operations(5, 4, true) - COST.operations(5, 4, false);
        double allLabels = COST.operations(5, 1, true) - COST.operations(5, 1, false);

        assertThat(oneLabel).isEqualTo(2 * 4 * 10);
        assertThat(allLabels).isGreaterThan(4 * oneLabel + 3 * 2 * LAYER_WEIGHTS);
    }

    @Test
    void rowsThatPredictNothingHaveOnlyQueriesKeysAndValuesInTheLastLayer() {
        double projected = 2 * 4 * (4 * (4 + 2 * 2)); // four rows
        double finished = 2 * (LAYER_WEIGHTS - 4 * (4 + 2 * 2)) + 4 * 4 * 4; // one row, which sees four positions

        assertThat(COST.operations(5, 4, false)).isCloseTo(3 * (projected + finished + 2 * 4 * 10), within(1e-9));
    }
}
