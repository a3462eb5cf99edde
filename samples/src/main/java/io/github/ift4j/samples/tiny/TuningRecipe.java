package io.github.ift4j.samples.tiny;

import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.training.TrainingConfig;

/** How the embedded model is best tuned on its chats, within a minute or two on two cores. */
public final class TuningRecipe {
    private static final int EPOCHS = 4;
    private static final int BATCH = 16;
    /** A thousand times the paper's: small models need and stand large steps. */
    private static final double LEARNING_RATE = 5e-4;

    private static final double WARMUP = 0.1;
    private static final double MAX_GRADIENT_NORM = 1;

    private TuningRecipe() {}

    /** Intuitive fine-tuning with the paper's settings. */
    public static Objective objective() {
        return IntuitiveFineTuning.withDefaults();
    }

    /** AdamW, which small models learn faster with than with the paper's RMSprop. */
    public static OptimizerConfig optimizer() {
        return OptimizerConfig.AdamWConfig.withDefaults();
    }

    /** Steps and learning rate. */
    public static TrainingConfig config() {
        return TrainingConfig.builder()
                .epochs(EPOCHS)
                .batchSize(BATCH)
                .learningRate(LEARNING_RATE)
                .schedule(LearningRateSchedule.COSINE)
                .warmupRatio(WARMUP)
                .maxGradientNorm(MAX_GRADIENT_NORM)
                .build();
    }
}
