package io.github.ift4j.samples.frozenlake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class TransitionMatrixTest {
    private static final FrozenLake ROW = new FrozenLake(LakeMap.parse("row", List.of("SFG")), false);
    private static final StochasticPolicy UNIFORM = StochasticPolicy.uniform(3);
    private static final double ROUNDING = 1e-12;

    @Test
    void aRowIsTheMixOfWhatTheActionsLeadTo() {
        double[][] probabilities = TransitionMatrix.of(ROW, UNIFORM).probabilities();

        assertThat(probabilities[0]).containsExactly(0.75, 0.25, 0);
        assertThat(probabilities[1]).containsExactly(0.25, 0.5, 0.25);
        assertThat(probabilities[2]).containsExactly(0, 0, 1);
    }

    /**
     * The optimal rows are 0 1 0 and 0 0 1: squares 9/16 + 9/16 and 1/16 + 4/16 + 9/16 add up to 2, over two rows of three. The goal's
     * row, which is the same whatever the agent does, does not count.
     */
    @Test
    void theErrorIsTheMeanOverRowsFromWhichAnEpisodeGoesOn() {
        StochasticPolicy optimal = ValueIteration.solve(ROW, 0.99).policy();

        assertThat(TransitionMatrix.of(ROW, UNIFORM).meanSquaredError(TransitionMatrix.of(ROW, optimal)))
                .isCloseTo(1.0 / 3, within(ROUNDING));
    }

    @Test
    void aPolicyHasNoErrorAgainstItself() {
        TransitionMatrix matrix = TransitionMatrix.of(ROW, UNIFORM);

        assertThat(matrix.meanSquaredError(matrix)).isZero();
    }

    /** Actions that lead to the same cell are the same to the metric: at the edge, up and left both stay. */
    @Test
    void theErrorLooksAtWhereActionsLead() {
        StochasticPolicy up = new StochasticPolicy(new double[][] {{0, 0, 0, 1}, {0, 0, 1, 0}, {1, 0, 0, 0}});
        StochasticPolicy left = new StochasticPolicy(new double[][] {{1, 0, 0, 0}, {0, 0, 1, 0}, {1, 0, 0, 0}});

        assertThat(TransitionMatrix.of(ROW, up).meanSquaredError(TransitionMatrix.of(ROW, left)))
                .isZero();
    }

    /** With two steps: 1 and 3/4 moments at the start, 1/4 in the middle, and at the goal by right and right. */
    @Test
    void visitsAndSuccessAreExpectations() {
        Occupancy occupancy = Occupancy.of(TransitionMatrix.of(ROW, UNIFORM), 2);

        assertThat(occupancy.visits()).containsExactly(1.75, 0.25, 0);
        assertThat(occupancy.success()).isEqualTo(1.0 / 16);
    }
}
