package io.github.ift4j.jlama.decoder;

import com.google.common.base.Preconditions;
import io.github.ift4j.jlama.kernel.GemmChoice;

/**
 * How a training step is computed. The first two settings trade time for memory and do not change what is learned, {@code recompute} not
 * a bit of it; the third trades precision for time.
 *
 * @param recompute whether to keep only each layer's input over the forward pass and to compute the layer's other activations again
 *     for the backward pass, into memory that all layers share
 * @param maxLogits most logits in memory at a time, at least 1; labelled positions whose logits are more than that take the vocabulary
 *     in chunks, whose logits are computed twice
 * @param gemm what computes matrix products with weights
 */
public record TrainingOptions(boolean recompute, long maxLogits, GemmChoice gemm) {
    private static final long DEFAULT_MAX_LOGITS = 16L << 20;

    /** @throws IllegalArgumentException when no logit at all may be in memory */
    public TrainingOptions {
        Preconditions.checkArgument(maxLogits >= 1, "maxLogits must be at least 1, was %s", maxLogits);
    }

    /** All activations are kept; 64 MiB of logits; products in float32. */
    public static TrainingOptions defaults() {
        return new TrainingOptions(false, DEFAULT_MAX_LOGITS, GemmChoice.VECTOR);
    }

    /** The same with the other choice of what is computed again. */
    public TrainingOptions withRecompute(boolean other) {
        return new TrainingOptions(other, maxLogits, gemm);
    }

    /** The same with another number of logits in memory. */
    public TrainingOptions withMaxLogits(long other) {
        return new TrainingOptions(recompute, other, gemm);
    }

    /** The same with other matrix products. */
    public TrainingOptions withGemm(GemmChoice other) {
        return new TrainingOptions(recompute, maxLogits, other);
    }
}
