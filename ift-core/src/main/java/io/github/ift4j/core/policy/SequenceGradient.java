package io.github.ift4j.core.policy;

import java.util.Optional;

/**
 * Derivative of a loss with respect to what a policy said of one sequence.
 *
 * @param logps d loss / d logps[t], 0 where t is not labelled, [tokens]
 * @param kl d loss / d kl[t], when the objective uses the per-token KL, [tokens]
 */
public record SequenceGradient(double[] logps, Optional<double[]> kl) {
    public SequenceGradient(double[] logps) {
        this(logps, Optional.empty());
    }
}
