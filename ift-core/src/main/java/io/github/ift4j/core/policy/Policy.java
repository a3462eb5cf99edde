package io.github.ift4j.core.policy;

import io.github.ift4j.core.data.Sequence;
import java.util.List;

/**
 * A model that can be trained: it scores sequences, takes the gradient of any function of the scores back into its
 * parameters, and owns those parameters. It knows nothing of objectives.
 *
 * <p>{@code lambda} is the strength of the temporal residual connection (Hua et al. 2025, section 4.2). With
 * {@code lambda > 0} every sequence is scored on mixed inputs: a first pass without gradient finds the greedy
 * prediction of each labelled position, the embedding of that position's token t becomes
 * {@code (1 - lambda) E(token) + lambda E(greedy)} with E held constant, and the scores are those of a second pass on the
 * mixed embeddings. {@link OptionalLambda} keeps apart "no residual" (the input embedding learns) and a residual of
 * strength zero (it is a constant).
 *
 * <p>Not thread-safe: one call at a time.
 */
public interface Policy extends AutoCloseable {
    /** The trainable parameters with their gradients, in a fixed order. */
    List<Parameter> parameters();

    /**
     * Scores without keeping anything for a backward pass.
     *
     * @param sequences independent sequences
     * @return one score a sequence, in the same order
     */
    List<SequenceScore> score(List<Sequence> sequences, OptionalLambda lambda);

    /**
     * Scores and back-propagates. Sequences of one group are handed to {@code source} together, as soon as all of them
     * are scored; groups come in order, each once. The parameter gradients grow by the gradient of the sum of
     * what {@code source} differentiates.
     *
     * @param groups sequences whose loss is a joint function
     * @param source the gradient of the loss with respect to the scores of a group
     */
    void accumulate(List<List<Sequence>> groups, OptionalLambda lambda, GradientSource source);

    /**
     * Says what the random choices of the following calls of {@link #accumulate}, such as dropout, are made from, so that a
     * resumed training makes the same; a policy without such choices ignores it.
     */
    default void reseed(long seed) {}

    /**
     * Keeps the model as it is now as a reference. From then on the scores that {@link #accumulate} hands out hold {@link
     * SequenceScore#reference} and {@link SequenceScore#kl}, and it takes back {@link SequenceGradient#kl}; the reference itself has
     * no gradient. A policy that was asked before forgets the earlier reference.
     *
     * @throws UnsupportedOperationException when the policy cannot; unless it is overridden
     */
    default void holdReference() {
        throw new UnsupportedOperationException(
                "this policy cannot run beside a copy of itself, which the method needs as its reference");
    }

    /** Forgets the reference; does nothing where there is none. */
    default void releaseReference() {}

    /** Sets all parameter gradients to "none". */
    default void clearGradients() {
        parameters().forEach(Parameter::clearGradient);
    }

    /** Releases the policy's memory; parameters must not be used afterwards. */
    @Override
    void close();

    /** Differentiates a loss with respect to the scores of one group. */
    @FunctionalInterface
    interface GradientSource {
        /** One gradient a score, in the same order; an empty list where no gradient of the group is wanted. */
        List<SequenceGradient> gradient(int group, List<SequenceScore> scores);
    }
}
