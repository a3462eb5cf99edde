package io.github.ift4j.core.objective;

import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to minimise: a function of the label log-probabilities of a group of sequences, with its exact gradient.
 *
 * <p>The loss of an optimiser step is the mean over the examples of all its micro-batches. {@link #evaluate} returns the sum over
 * its group, so that accumulation in any partition gives the same gradient.
 */
public interface Objective {
    /** Which sequences have to be scored before the gradient of any of them is known. */
    default Coupling coupling() {
        return Coupling.EXAMPLE;
    }

    /** Number of sequences that make one example: 1, or 2 for methods that compare. */
    default int sequencesPerExample() {
        return 1;
    }

    /** The temporal residual connection that the sequences are scored under, if the method has one. */
    default Optional<TemporalResidual> residual() {
        return Optional.empty();
    }

    /**
     * Loss and gradient of one group.
     *
     * @param scores the sequences of the group, example after example
     */
    Evaluation evaluate(List<SequenceScore> scores);

    /** The scope of one joint loss. */
    enum Coupling {
        /** Examples are independent of each other. */
        EXAMPLE,
        /** The loss couples all examples of a micro-batch. */
        BATCH
    }

    /**
     * Result of {@link #evaluate}.
     *
     * @param loss sum of the losses of the group's examples
     * @param gradients d loss / d score, one a sequence
     * @param metrics further sums over the group's examples, by name; the trainer reports their means
     */
    record Evaluation(double loss, List<SequenceGradient> gradients, Map<String, Double> metrics) {
        public Evaluation(double loss, List<SequenceGradient> gradients) {
            this(loss, gradients, Map.of());
        }
    }
}
