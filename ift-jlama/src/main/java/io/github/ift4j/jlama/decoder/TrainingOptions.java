package io.github.ift4j.jlama.decoder;

import com.google.common.base.Preconditions;

/**
 * How a training step trades time for memory. Neither setting changes what is learned; {@code recompute} does not change a bit of it.
 *
 * @param recompute whether to keep only each layer's input over the forward pass and to compute the layer's other activations again
 *     for the backward pass, into memory that all layers share
 * @param maxLogits most logits in memory at a time, at least 1; labelled positions whose logits are more than that take the vocabulary
 *     in chunks, whose logits are computed twice
 */
public record TrainingOptions(boolean recompute, long maxLogits) {
    private static final long DEFAULT_MAX_LOGITS = 16L << 20;

    /** @throws IllegalArgumentException when no logit at all may be in memory */
    public TrainingOptions {
        Preconditions.checkArgument(maxLogits >= 1, "maxLogits must be at least 1, was %s", maxLogits);
    }

    /** All activations are kept; 64 MiB of logits. */
    public static TrainingOptions defaults() {
        return new TrainingOptions(false, DEFAULT_MAX_LOGITS);
    }

    /** The same with the other choice of what is computed again. */
    public TrainingOptions withRecompute(boolean other) {
        return new TrainingOptions(other, maxLogits);
    }

    /** The same with another number of logits in memory. */
    public TrainingOptions withMaxLogits(long other) {
        return new TrainingOptions(recompute, other);
    }
}
