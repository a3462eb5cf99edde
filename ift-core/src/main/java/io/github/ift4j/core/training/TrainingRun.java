package io.github.ift4j.core.training;

import io.github.ift4j.core.data.DataReport;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.optimizer.OptimizerConfig;

/**
 * What a training is about to do.
 *
 * @param config its settings
 * @param objective what it minimises
 * @param optimizer with which optimiser
 * @param data on which data
 * @param parameters number of trainable numbers
 * @param stepsDone steps that a checkpoint brought, 0 for a fresh start
 * @param totalSteps steps after which it ends
 * @param warmupSteps steps of the warm-up among them
 */
public record TrainingRun(
        TrainingConfig config,
        Objective objective,
        OptimizerConfig optimizer,
        DataReport data,
        long parameters,
        long stepsDone,
        long totalSteps,
        long warmupSteps) {}
