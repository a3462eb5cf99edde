package io.github.ift4j.samples.frozenlake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    /** Tables of Student's t give four decimals. */
    private static final double TABLE = 2e-4;

    /** Mean 2.5, standard error 1.29099 / 2, and t = 3.18245 for three degrees of freedom. */
    @Test
    void anIntervalIsStudents() {
        Estimate estimate = Estimate.of(new double[] {1, 2, 3, 4});

        assertThat(estimate.mean()).isEqualTo(2.5);
        assertThat(estimate.halfWidth()).isCloseTo(3.18245 * 1.29099 / 2, within(TABLE));
        assertThat(estimate.high() - estimate.low()).isCloseTo(2 * estimate.halfWidth(), within(1e-15));
    }

    /** Differences 1, 2, 3, 4 as above: t = 2.5 / 0.645497 = 3.87298, whose two-sided p with three degrees of freedom is 0.0305. */
    @Test
    void aPairedTestLooksAtDifferences() {
        PairedTest test = PairedTest.of(new double[] {11, 22, 33, 44}, new double[] {10, 20, 30, 40});

        assertThat(test.difference().mean()).isEqualTo(2.5);
        assertThat(test.p()).isCloseTo(0.0305, within(TABLE));
    }

    @Test
    void equalPairsDoNotDiffer() {
        assertThat(PairedTest.of(new double[] {1, 2}, new double[] {1, 2}).p()).isEqualTo(1);
    }

    @Test
    void oneValueHasNoInterval() {
        assertThatIllegalArgumentException().isThrownBy(() -> Estimate.of(new double[] {1}));
    }

    @Test
    void explorationIsTheShareOfCellsThatWereVisitedAndHowEvenly() {
        FrozenLake lake = new FrozenLake(LakeMap.parse("row", List.of("SFFFG")), false);
        Occupancy preferred = new Occupancy(new double[] {4, 3, 2, 1, 0}, 1);
        Run run = new Run(
                new double[] {1, 0},
                new int[] {5, 5, 0, 0, 9},
                new boolean[] {true, true, true, false, true},
                StochasticPolicy.uniform(5),
                preferred);
        Exploration exploration = new Exploration(lake);

        assertThat(exploration.entered(run)).isEqualTo(0.5);
        assertThat(exploration.explored(run)).isCloseTo(0.5, within(1e-12));
        assertThat(exploration.taught(run)).isEqualTo(0.75);
        // Ranks 3.5 3.5 1.5 1.5 against 4 3 2 1: covariance 4, variances 4 and 5.
        assertThat(exploration.agreement(run)).isCloseTo(4 / Math.sqrt(20), within(1e-12));
    }
}
