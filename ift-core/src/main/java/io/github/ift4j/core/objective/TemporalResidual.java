package io.github.ift4j.core.objective;

import com.google.common.base.Preconditions;
import java.util.random.RandomGenerator;

/**
 * How strong the temporal residual connection is over the course of training (Hua et al. 2025, section 4.2 and table 7).
 *
 * @param lambda strength after the warm-up, 0 to 1
 * @param minimum strength at step 0 under {@link Schedule#LINEAR}
 * @param schedule how it grows
 * @param noise standard deviation of the disturbance, relative to the strength: lambda becomes
 *     {@code clamp(lambda + N(0,1) * noise * lambda, 0, 1)}, one draw a step; the paper's "noisy lambda" is 0.5
 */
public record TemporalResidual(double lambda, double minimum, Schedule schedule, double noise) {
    public TemporalResidual {
        Preconditions.checkArgument(lambda >= 0 && lambda <= 1, "lambda must be between 0 and 1, was %s", lambda);
        Preconditions.checkArgument(
                minimum >= 0 && minimum <= lambda,
                "min-lambda must be between 0 and lambda (%s), was %s",
                lambda,
                minimum);
        Preconditions.checkArgument(noise >= 0, "lambda-noise must not be negative, was %s", noise);
    }

    /** The same strength at every step. */
    public static TemporalResidual constant(double lambda) {
        return new TemporalResidual(lambda, 0, Schedule.CONSTANT, 0);
    }

    /**
     * Strength at a step.
     *
     * @param step 0-based optimiser step
     * @param warmupSteps steps over which a linear schedule grows
     * @param random drawn from once a call when there is noise, else untouched
     */
    public double at(long step, long warmupSteps, RandomGenerator random) {
        double base = switch (schedule) {
            case CONSTANT -> lambda;
            case LINEAR -> step >= warmupSteps ? lambda : minimum + (lambda - minimum) * ((double) step / warmupSteps);
        };
        if (noise == 0) {
            return base;
        }
        return Math.clamp(base + random.nextGaussian() * noise * base, 0.0, 1.0);
    }

    /** How the strength grows. */
    public enum Schedule {
        /** The same at every step. */
        CONSTANT,
        /** From the minimum to the maximum over the warm-up steps. */
        LINEAR
    }
}
