package io.github.ift4j.core.objective;

import com.google.common.base.Preconditions;

/** Ranges that the parameters of several methods have in common; messages use the names of the command line. */
final class Ranges {
    private Ranges() {}

    static void requireAboveZero(String name, double value) {
        Preconditions.checkArgument(
                value > 0 && Double.isFinite(value), "%s must be a number above 0, was %s", name, value);
    }

    static void requireNotNegative(String name, double value) {
        Preconditions.checkArgument(
                value >= 0 && Double.isFinite(value), "%s must be a number of at least 0, was %s", name, value);
    }
}
