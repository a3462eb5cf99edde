package io.github.ift4j.samples.frozenlake;

import java.util.Arrays;

/**
 * What became of one agent.
 *
 * @param errors mean squared error of its transition matrix before training and after each step, [steps + 1]
 * @param visits how often it was in each state in the episodes that it played in training, one a step, [states]
 * @param taught which states training read, with those that a temporal residual mixed in, [states]
 * @param trained how it acts in the end
 * @param occupancy what to expect of its episodes in the end
 */
public record Run(double[] errors, int[] visits, boolean[] taught, StochasticPolicy trained, Occupancy occupancy) {
    /** Error after the last step. */
    public double finalError() {
        return errors[errors.length - 1];
    }

    /** Least error of all steps. */
    public double bestError() {
        return Arrays.stream(errors).min().orElseThrow();
    }
}
