package io.github.ift4j.core.training;

import io.github.ift4j.core.evaluation.EvaluationResult;
import java.util.Optional;

/**
 * How a training ended.
 *
 * @param steps all steps, those before a resumption included
 * @param tokens tokens of the steps in this process
 * @param seconds duration in this process
 * @param lastStep the last step, absent when a checkpoint had brought all of them
 * @param evaluation the last evaluation, if there was evaluation data
 */
public record TrainingResult(
        long steps,
        long tokens,
        double seconds,
        Optional<StepMetrics> lastStep,
        Optional<EvaluationResult> evaluation) {}
