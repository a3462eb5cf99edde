package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.training.StepMetrics;

/** Follows a tuner, for user interfaces. Calls come on the tuner's threads, which wait for them; what they throw is ignored. */
public interface TunerListener {
    /** After each optimiser step. */
    default void onStep(int run, StepMetrics step) {}

    /** When a training has ended. */
    default void onOutcome(TuningOutcome outcome) {}

    /** When another version answers. */
    default void onService(TunedVersion from, TunedVersion to, String reason) {}
}
