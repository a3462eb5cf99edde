package io.github.ift4j.core.objective;

import java.util.function.ToDoubleFunction;

/** The gradient of a function by central differences in float64. */
final class CentralDifferences {
    /** Cube root of the double precision, where truncation and rounding errors are alike (about 1e-10 of the value). */
    private static final double STEP = 1e-5;

    private CentralDifferences() {}

    static double[] gradient(ToDoubleFunction<double[]> function, double[] at, boolean[] free) {
        double[] gradient = new double[at.length];
        for (int t = 0; t < at.length; t++) {
            if (free[t]) {
                double h = STEP * Math.max(1, Math.abs(at[t]));
                double[] moved = at.clone();
                moved[t] = at[t] + h;
                double up = function.applyAsDouble(moved);
                moved[t] = at[t] - h;
                double down = function.applyAsDouble(moved);
                gradient[t] = (up - down) / (2 * h);
            }
        }
        return gradient;
    }

    /** Largest difference, relative to the largest entry. */
    static double error(double[] actual, double[] expected) {
        double difference = 0;
        double largest = 0;
        for (int t = 0; t < actual.length; t++) {
            difference = Math.max(difference, Math.abs(actual[t] - expected[t]));
            largest = Math.max(largest, Math.abs(expected[t]));
        }
        return difference / largest;
    }
}
