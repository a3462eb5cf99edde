package io.github.ift4j.core.optimizer;

import com.google.common.base.Preconditions;
import java.util.Locale;

/** How the learning rate changes over the course of training; all grow linearly from 0 over the warm-up steps first. */
public enum LearningRateSchedule {
    /** Stays; HuggingFace's {@code get_constant_schedule_with_warmup}. */
    CONSTANT,
    /** Falls to 0 in a straight line; HuggingFace's {@code get_linear_schedule_with_warmup}. */
    LINEAR,
    /** Falls to 0 along half a cosine; HuggingFace's {@code get_cosine_schedule_with_warmup}. */
    COSINE;

    /**
     * What the learning rate is multiplied by, 0 to 1.
     *
     * @param step 0-based optimiser step
     * @param warmupSteps steps of the warm-up
     * @param totalSteps steps of the whole training
     */
    public double factor(long step, long warmupSteps, long totalSteps) {
        Preconditions.checkArgument(
                step >= 0 && warmupSteps >= 0, "step %s and warm-up steps %s must not be negative", step, warmupSteps);
        if (step < warmupSteps) {
            return (double) step / warmupSteps;
        }
        double decaySteps = Math.max(1, totalSteps - warmupSteps);
        return switch (this) {
            case CONSTANT -> 1;
            case LINEAR -> Math.max(0, (totalSteps - step) / decaySteps);
            case COSINE ->
                step >= totalSteps ? 0 : 0.5 * (1 + StrictMath.cos(Math.PI * ((step - warmupSteps) / decaySteps)));
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
