package io.github.ift4j.core.objective;

import io.github.ift4j.core.data.ExampleKind;
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

    /** What an example must show. */
    default ExampleKind examples() {
        return ExampleKind.DEMONSTRATION;
    }

    /** Number of sequences that make one example: 1, or 2 for methods that compare. */
    default int sequencesPerExample() {
        return examples().sequences();
    }

    /** How many of an example's sequences get a gradient: the first ones. The others are only scored. */
    default int differentiatedSequences() {
        return sequencesPerExample();
    }

    /** What the scores must hold of a reference model: the policy as it was before the training. */
    default Reference reference() {
        return Reference.NONE;
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

    /**
     * What to report of a step, by name.
     *
     * @param means means of what {@link #evaluate} measured, over all groups of the step
     * @return the same, and what follows from them
     */
    default Map<String, Double> report(Map<String, Double> means) {
        return means;
    }

    /** The scope of one joint loss. */
    enum Coupling {
        /** Examples are independent of each other. */
        EXAMPLE,
        /** The loss couples all examples of a micro-batch. */
        BATCH
    }

    /** How much of a reference model a method needs. */
    enum Reference {
        /** Nothing. */
        NONE,
        /** The log-probabilities of the labels, {@link SequenceScore#reference}; they never change, so they are computed once. */
        LABEL_LOGPS,
        /**
         * Its whole distribution at every label: {@link SequenceScore#reference} and {@link SequenceScore#kl}, of which the
         * policy takes a gradient back. The reference runs beside the policy.
         */
        DISTRIBUTION
    }

    /**
     * Result of {@link #evaluate}.
     *
     * @param loss sum of the losses of the group's examples
     * @param gradients d loss / d score, one a sequence
     * @param metrics further measurements of the group, by name; the trainer reports their means over the step
     */
    record Evaluation(double loss, List<SequenceGradient> gradients, Map<String, Mean> metrics) {
        public Evaluation(double loss, List<SequenceGradient> gradients) {
            this(loss, gradients, Map.of());
        }
    }
}
