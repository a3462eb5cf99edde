package io.github.ift4j.langchain4j.tuning;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import java.util.Objects;

/**
 * How each adapter is trained, from the base model on.
 *
 * @param lora what is adapted, and how
 * @param objective what is minimised; one sequence an example
 * @param optimizer how weights are changed
 * @param training how long and in which steps; with {@code saveEvery} a training that was broken off goes on from its last checkpoint
 * @param maxLength longer conversations are cut after so many tokens
 */
public record TuningRecipe(
        PeftConfig lora, Objective objective, OptimizerConfig optimizer, TrainingConfig training, int maxLength) {
    /** IFT of all linear layers at rank 16 by AdamW: 3 epochs in batches of 8 at a learning rate of 1e-4, up to 1,024 tokens. */
    public static final TuningRecipe DEFAULTS = new TuningRecipe(
            PeftConfig.of(16, 32, new PeftTargets.AllLinear()),
            IntuitiveFineTuning.withDefaults(),
            OptimizerConfig.AdamWConfig.withDefaults(),
            TrainingConfig.builder()
                    .learningRate(1e-4)
                    .warmupRatio(0.1)
                    .maxGradientNorm(1)
                    .saveEvery(50)
                    .keepCheckpoints(1)
                    .build(),
            1024);

    public TuningRecipe {
        Objects.requireNonNull(lora, "lora");
        Objects.requireNonNull(optimizer, "optimizer");
        Objects.requireNonNull(training, "training");
        Preconditions.checkArgument(
                objective.sequencesPerExample() == 1,
                "%s compares answers; conversations that were rated good have one answer each, choose IFT or SFT",
                objective);
        Preconditions.checkArgument(maxLength >= 2, "maxLength must be at least 2, was %s", maxLength);
    }

    /** With other adapters. */
    public TuningRecipe withLora(PeftConfig newLora) {
        return new TuningRecipe(newLora, objective, optimizer, training, maxLength);
    }

    /** With another method. */
    public TuningRecipe withObjective(Objective newObjective) {
        return new TuningRecipe(lora, newObjective, optimizer, training, maxLength);
    }

    /** With another optimiser. */
    public TuningRecipe withOptimizer(OptimizerConfig newOptimizer) {
        return new TuningRecipe(lora, objective, newOptimizer, training, maxLength);
    }

    /** With other steps. */
    public TuningRecipe withTraining(TrainingConfig newTraining) {
        return new TuningRecipe(lora, objective, optimizer, newTraining, maxLength);
    }

    /** With another length. */
    public TuningRecipe withMaxLength(int newMaxLength) {
        return new TuningRecipe(lora, objective, optimizer, training, newMaxLength);
    }
}
