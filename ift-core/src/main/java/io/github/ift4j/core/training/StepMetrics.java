package io.github.ift4j.core.training;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * What happened in one optimiser step.
 *
 * @param step 1-based
 * @param epoch passes over the data after this step, with fraction
 * @param loss mean over the step's examples, before the step
 * @param gradientNorm of all gradients together, before clipping
 * @param learningRate of this step
 * @param lambda strength of the temporal residual, absent for methods without
 * @param examples number of examples
 * @param tokens tokens of these examples, counted once
 * @param labelledTokens those of them that are learned
 * @param seconds duration of the step
 * @param metrics means over the step of what the objective reports, and {@code accuracy}: the share of labelled
 *     tokens that were the most probable ones
 */
public record StepMetrics(
        long step,
        double epoch,
        double loss,
        double gradientNorm,
        double learningRate,
        OptionalDouble lambda,
        int examples,
        long tokens,
        long labelledTokens,
        double seconds,
        Map<String, Double> metrics) {
    /** Tokens by seconds. */
    public double tokensPerSecond() {
        return tokens / seconds;
    }
}
