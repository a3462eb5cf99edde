package io.github.ift4j.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ift4j.core.optimizer.LearningRateSchedule;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TrainingConfigTest {
    @Test
    void defaultsAreThePapersWhereAMachineAllows() {
        TrainingConfig config = TrainingConfig.builder().build();

        assertThat(config.learningRate()).isEqualTo(5e-7);
        assertThat(config.schedule()).isEqualTo(LearningRateSchedule.COSINE);
        assertThat(config.epochs()).isEqualTo(3);
        assertThat(config.maxGradientNorm()).isEqualTo(10);
    }

    @Test
    void stepsOrElseEpochsEndTheTraining() {
        assertThat(TrainingConfig.builder().epochs(3).build().totalSteps(7)).isEqualTo(21);
        assertThat(TrainingConfig.builder().epochs(3).maxSteps(10).build().totalSteps(7))
                .isEqualTo(10);
    }

    @Test
    void aWarmUpRatioIsRoundedUp() {
        assertThat(TrainingConfig.builder().warmupRatio(0.1).build().warmupSteps(21))
                .isEqualTo(3);
        assertThat(TrainingConfig.builder().warmupSteps(5).build().warmupSteps(21))
                .isEqualTo(5);
    }

    @Test
    void valuesOutsideTheirRangeAreRefusedByName() {
        assertRefused(builder -> builder.epochs(0), "epochs must be at least 1, was 0");
        assertRefused(builder -> builder.maxSteps(-1), "max-steps must be at least 0, was -1");
        assertRefused(builder -> builder.batchSize(0), "batch-size must be at least 1, was 0");
        assertRefused(builder -> builder.gradientAccumulation(0), "grad-accum must be at least 1, was 0");
        assertRefused(builder -> builder.learningRate(Double.NaN), "lr must be a number of at least 0, was NaN");
        assertRefused(builder -> builder.learningRate(-1), "lr must be a number of at least 0, was -1.0");
        assertRefused(builder -> builder.warmupSteps(-1), "warmup-steps must be at least 0, was -1");
        assertRefused(builder -> builder.warmupRatio(1.5), "warmup-ratio must be between 0 and 1, was 1.5");
        assertRefused(
                builder -> builder.warmupSteps(3).warmupRatio(0.1),
                "give either warmup-steps (was 3) or warmup-ratio (was 0.1), not both");
        assertRefused(builder -> builder.maxGradientNorm(0), "max-grad-norm must be above 0, was 0.0");
        assertRefused(builder -> builder.saveEvery(-1), "save-every must be at least 0, was -1");
        assertRefused(
                builder -> builder.keepCheckpoints(0), "the number of checkpoints to keep must be at least 1, was 0");
        assertRefused(builder -> builder.evalEvery(-1), "eval-every must be at least 0, was -1");
    }

    private static void assertRefused(UnaryOperator<TrainingConfig.Builder> change, String message) {
        assertThatThrownBy(() -> change.apply(TrainingConfig.builder()).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
