package io.github.ift4j.samples.frozenlake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueIterationTest {
    private static final FrozenLake DRY = new FrozenLake(LakeMap.small(), false);
    private static final FrozenLake SLIPPERY = new FrozenLake(LakeMap.small(), true);

    /** Value iteration stops at changes of 1e-12, which a discount of 0.99 leaves at most a hundred times larger. */
    private static final double CONVERGED = 1e-10;

    @Test
    void onDryIceAValueIsTheDiscountedDistanceFromTheGoal() {
        ValueIteration solution = ValueIteration.solve(DRY, 0.99);

        assertThat(solution.value(0)).isCloseTo(Math.pow(0.99, 5), within(CONVERGED));
        assertThat(solution.value(14)).isCloseTo(1, within(CONVERGED));
        assertThat(solution.value(15)).isZero();
    }

    @Test
    void actionsThatTieShareTheProbability() {
        StochasticPolicy policy = ValueIteration.solve(DRY, 0.99).policy();

        assertThat(policy.probabilities()[0]).containsExactly(0, 0.5, 0.5, 0);
        assertThat(policy.probabilities()[9]).containsExactly(0, 0.5, 0.5, 0);
        assertThat(policy.probabilities()[6]).containsExactly(0, 1, 0, 0);
        assertThat(policy.probabilities()[5]).as("a hole").containsExactly(0.25, 0.25, 0.25, 0.25);
    }

    /**
     * The optimal policy of the slippery 4x4 lake reaches the goal with probability 14/17 if it may take its time: the value 0.8235
     * that is known for a discount of 1. Within Gymnasium's 100 steps it is 0.74.
     */
    @Test
    void onSlipperyIceTheOptimalPolicySucceedsAsOftenAsIsKnown() {
        TransitionMatrix optimal = TransitionMatrix.of(
                SLIPPERY, ValueIteration.solve(SLIPPERY, 0.99).policy());

        assertThat(Occupancy.of(optimal, 5000).success()).isCloseTo(14.0 / 17, within(1e-9));
        assertThat(Occupancy.of(optimal, SLIPPERY.episodeSteps()).success()).isCloseTo(0.7402, within(5e-5));
    }

    /** Discounted values of the slippery lake's start, as published for Gymnasium's dynamic programming exercises. */
    @ParameterizedTest
    @CsvSource({"0.99, 0.5420", "1, 0.8235"})
    void onSlipperyIceTheValueOfTheStartIsTheKnownOne(double discount, double value) {
        assertThat(ValueIteration.solve(SLIPPERY, discount).value(0)).isCloseTo(value, within(5e-5));
    }

    @Test
    void theOptimalPolicyDiffersFromNoOptimalActionElsewhere() {
        ValueIteration solution = ValueIteration.solve(SLIPPERY, 0.99);

        for (int state = 0; state < 16; state++) {
            for (int action = 0; action < 4; action++) {
                assertThat(solution.policy().of(state, action) > 0).isEqualTo(solution.isOptimal(state, action));
            }
        }
        assertThat(solution.optimalAction(0)).as("away from the hole").isEqualTo(Action.LEFT.ordinal());
        assertThat(solution.optimalAction(4)).isEqualTo(Action.LEFT.ordinal());
        assertThat(solution.optimalAction(8)).isEqualTo(Action.UP.ordinal());
        assertThat(solution.optimalAction(14)).isEqualTo(Action.DOWN.ordinal());
    }
}
