package io.github.ift4j.core.training;

import io.github.ift4j.core.evaluation.EvaluationResult;
import java.nio.file.Path;

/**
 * Follows a training. Calls come on the training's thread, in order; what a listener throws ends the training, with the last
 * checkpoint in place.
 */
public interface TrainingListener {
    /** Before the first step, after a checkpoint has been read. */
    default void onStart(TrainingRun run) {}

    /** After each optimiser step. */
    default void onStep(StepMetrics metrics) {}

    /**
     * After an evaluation.
     *
     * @param step steps done
     */
    default void onEvaluation(long step, EvaluationResult result) {}

    /**
     * After a checkpoint is whole on disk.
     *
     * @param step steps done
     */
    default void onCheckpoint(long step, Path directory) {}

    /** Something the user should know, as one line; the training goes on. */
    default void onNotice(String notice) {}

    /** After the last step. */
    default void onEnd(TrainingResult result) {}
}
