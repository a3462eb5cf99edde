package io.github.ift4j.jlama.architecture;

import io.github.ift4j.jlama.checkpoint.CheckpointException;

/**
 * The normalisations of a decoder.
 *
 * @param kind how a row is normalised
 * @param epsilon added to the mean square or the variance
 * @param before whether attention and MLP read a normalised residual stream
 * @param after whether the outputs of attention and MLP are normalised before they join the residual stream
 */
public record NormConfig(Kind kind, float epsilon, boolean before, boolean after) {
    /** How a row x is normalised. */
    public enum Kind {
        /** w · x / rms(x), as {@code LlamaRMSNorm}. */
        RMS(0),
        /** (1 + w) · x / rms(x), as {@code GemmaRMSNorm}. */
        RMS_PLUS_ONE(1),
        /** w · (x - mean) / deviation + b, as {@code nn.LayerNorm}. */
        LAYER(0);

        private final int offset;

        Kind(int offset) {
            this.offset = offset;
        }

        /** What is added to each weight. */
        public int offset() {
            return offset;
        }
    }

    /** @throws CheckpointException when epsilon is not positive */
    public NormConfig {
        if (!(epsilon > 0) || Float.isInfinite(epsilon)) {
            throw new CheckpointException("the epsilon of the norms must be positive, is " + epsilon);
        }
    }

    /** Norms before attention and MLP only, as in most decoders. */
    public static NormConfig before(Kind kind, float epsilon) {
        return new NormConfig(kind, epsilon, true, false);
    }
}
