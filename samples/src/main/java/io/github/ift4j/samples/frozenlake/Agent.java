package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.optimizer.OptimizerConfig;

/**
 * The agent and how it is trained, whatever the method.
 *
 * @param hidden width of its network
 * @param initialScale of its weights before training, see {@link LakePolicy}
 * @param optimizer that changes them; the learning rate is the method's own and constant
 * @param steps of training, each on the whole data
 * @param warmupSteps steps of imitating both trajectories alike before that, with {@link #WARMUP_RATE}: what an agent knows that
 *     has seen good and bad; it is the reference of the methods that have one
 */
public record Agent(int hidden, double initialScale, OptimizerConfig optimizer, int steps, int warmupSteps) {
    /** Learning rate of the warm-up. */
    public static final double WARMUP_RATE = 1e-3;

    public Agent {
        Preconditions.checkArgument(hidden >= 1, "hidden must be at least 1, was %s", hidden);
        Preconditions.checkArgument(
                initialScale > 0 && Double.isFinite(initialScale),
                "initial-scale must be a number above 0, was %s",
                initialScale);
        Preconditions.checkArgument(steps >= 1, "steps must be at least 1, was %s", steps);
        Preconditions.checkArgument(warmupSteps >= 0, "warmup-steps must not be negative, was %s", warmupSteps);
    }

    /** The agent of the documentation's tables; the optimiser is the paper's. */
    public static Agent withDefaults() {
        return new Agent(32, 1, OptimizerConfig.RmsPropConfig.withDefaults(), 100, 0);
    }

    /** The same, trained for another number of steps. */
    public Agent withSteps(int newSteps) {
        return new Agent(hidden, initialScale, optimizer, newSteps, warmupSteps);
    }

    /** The same after another number of steps of the warm-up. */
    public Agent withWarmupSteps(int newWarmupSteps) {
        return new Agent(hidden, initialScale, optimizer, steps, newWarmupSteps);
    }

    /** The same with a network of another width. */
    public Agent withHidden(int newHidden) {
        return new Agent(newHidden, initialScale, optimizer, steps, warmupSteps);
    }

    /** The same with other initial weights. */
    public Agent withInitialScale(double newInitialScale) {
        return new Agent(hidden, newInitialScale, optimizer, steps, warmupSteps);
    }
}
