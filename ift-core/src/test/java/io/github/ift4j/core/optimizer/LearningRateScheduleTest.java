package io.github.ift4j.core.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
    @Test
    void cosineIsThatOfHuggingFace() {
        // transformers.get_cosine_schedule_with_warmup, 1 of 10 steps of warm-up, learning rate 1e-3.
        double[] expected = {
            0.0,
            0.001,
            0.0009698463103929542,
            0.000883022221559489,
            0.00075,
            0.0005868240888334653,
            0.00041317591116653486,
            0.0002500000000000001,
            0.00011697777844051105,
            3.0153689607045842e-05
        };

        for (int step = 0; step < expected.length; step++) {
            assertThat(1e-3 * LearningRateSchedule.COSINE.factor(step, 1, 10)).isCloseTo(expected[step], within(1e-18));
        }
    }

    @Test
    void linearFallsToZero() {
        LearningRateSchedule linear = LearningRateSchedule.LINEAR;

        assertThat(linear.factor(2, 2, 6)).isEqualTo(1);
        assertThat(linear.factor(3, 2, 6)).isEqualTo(0.75);
        assertThat(linear.factor(5, 2, 6)).isEqualTo(0.25);
        assertThat(linear.factor(6, 2, 6)).isZero();
    }

    @Test
    void allGrowLinearlyOverTheWarmUp() {
        for (LearningRateSchedule schedule : LearningRateSchedule.values()) {
            assertThat(schedule.factor(0, 4, 10)).isZero();
            assertThat(schedule.factor(1, 4, 10)).isEqualTo(0.25);
            assertThat(schedule.factor(3, 4, 10)).isEqualTo(0.75);
            assertThat(schedule.factor(4, 4, 10)).isEqualTo(1);
            assertThat(schedule.factor(0, 0, 10)).isEqualTo(1);
        }
    }

    @Test
    void constantStays() {
        assertThat(LearningRateSchedule.CONSTANT.factor(9, 0, 10)).isEqualTo(1);
    }

    @Test
    void aTrainingOfWarmUpOnlyIsDefined() {
        for (LearningRateSchedule schedule : LearningRateSchedule.values()) {
            assertThat(schedule.factor(1, 2, 2)).isEqualTo(0.5);
        }
    }
}
