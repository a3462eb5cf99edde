package io.github.ift4j.core.policy;

import com.google.common.base.Preconditions;

/**
 * Strength of the temporal residual connection in one step, or its absence.
 *
 * @param present whether there is a residual connection at all (then the input embedding is a constant)
 * @param value share of the greedy prediction's embedding in the mix, 0 to 1
 */
public record OptionalLambda(boolean present, double value) {
    /** No residual connection: plain teacher forcing, the input embedding learns. */
    public static final OptionalLambda NONE = new OptionalLambda(false, 0);

    public OptionalLambda {
        Preconditions.checkArgument(value >= 0 && value <= 1, "lambda must be between 0 and 1, was %s", value);
    }

    /** A residual connection of the given strength; zero still holds the input embedding constant. */
    public static OptionalLambda of(double value) {
        return new OptionalLambda(true, value);
    }
}
