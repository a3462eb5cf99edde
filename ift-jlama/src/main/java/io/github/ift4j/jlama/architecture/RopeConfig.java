package io.github.ift4j.jlama.architecture;

import io.github.ift4j.jlama.checkpoint.CheckpointException;

/**
 * Rotary position embedding.
 *
 * @param theta base of the frequencies
 * @param dim how many of a head's elements are rotated, the first ones; even
 * @param scaling change of the frequencies
 */
public record RopeConfig(double theta, int dim, RopeScaling scaling) {
    private static final int MAX_DIM = 1 << 16;
    /** A length beyond any original context. */
    private static final int LONG = 1 << 24;

    /** @throws CheckpointException when it cannot be computed */
    public RopeConfig {
        if (!(theta > 0) || Double.isInfinite(theta)) {
            throw new CheckpointException("rope_theta must be positive, is " + theta);
        }
        if (dim < 2 || dim % 2 != 0) {
            throw new CheckpointException("the rotated elements of a head must be even, are " + dim);
        }
        if (dim > MAX_DIM) {
            throw new CheckpointException("at most " + MAX_DIM + " elements of a head can be rotated, not " + dim);
        }
        scaling.check(dim);
        for (int length : new int[] {1, LONG}) {
            for (float frequency : scaling.inverseFrequencies(theta, dim, length)) {
                if (!Float.isFinite(frequency)) {
                    throw new CheckpointException("rope_theta " + theta + " and the scaling " + scaling
                            + " give rotations that are no numbers");
                }
            }
        }
        if (!(scaling.factor() > 0) || Double.isInfinite(scaling.factor())) {
            throw new CheckpointException("attention_factor must be positive, is " + scaling.factor());
        }
    }

    /** Frequencies as they are, over whole heads. */
    public static RopeConfig of(double theta, int headDim) {
        return new RopeConfig(theta, headDim, new RopeScaling.None());
    }

    /** As config.json states it for all layers. */
    static RopeConfig read(ConfigFields fields, int headDim, double defaultTheta, int contextLength) {
        ConfigFields older = fields.object("rope_scaling");
        ConfigFields parameters = older != null ? older : fields.object("rope_parameters");
        double theta = fields.number("rope_theta", defaultTheta);
        double part = fields.number("partial_rotary_factor", 1);
        if (parameters != null) {
            theta = parameters.number("rope_theta", theta);
            part = parameters.number("partial_rotary_factor", part);
        }
        return new RopeConfig(theta, dim(fields, headDim, part), RopeScaling.read(fields, parameters, contextLength));
    }

    private static int dim(ConfigFields fields, int headDim, double part) {
        fields.check(part > 0 && part <= 1, "partial_rotary_factor", "must be above 0 and at most 1, is " + part);
        int dim = (int) (headDim * part);
        fields.check(
                dim >= 2 && dim % 2 == 0,
                "head_dim",
                headDim + (part == 1 ? "" : " times partial_rotary_factor " + part)
                        + " is odd or zero, so it cannot be rotated");
        return dim;
    }

    /** The attention factor, by which cosines and sines are multiplied. */
    public double factor() {
        return scaling.factor();
    }
}
