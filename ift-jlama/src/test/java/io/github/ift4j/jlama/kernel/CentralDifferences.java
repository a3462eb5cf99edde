package io.github.ift4j.jlama.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.ToDoubleFunction;

/** Gradients of scalar references in float64, and the comparison of float32 kernels with them. */
final class CentralDifferences {
    private static final double STEP = 1e-5;

    private CentralDifferences() {}

    /** The gradient of a function at a point, one element after the other. */
    static double[] gradient(ToDoubleFunction<double[]> function, double[] point) {
        double[] moved = point.clone();
        double[] gradient = new double[point.length];
        for (int i = 0; i < point.length; i++) {
            moved[i] = point[i] + STEP;
            double above = function.applyAsDouble(moved);
            moved[i] = point[i] - STEP;
            double below = function.applyAsDouble(moved);
            moved[i] = point[i];
            gradient[i] = (above - below) / (2 * STEP);
        }
        return gradient;
    }

    /** Asserts that the relative L2 distance is within what rounding to float32 explains. */
    static void assertClose(double[] actual, double[] expected) {
        assertThat(distance(actual, expected)).isLessThan(1e-5);
    }

    /** L2 distance relative to the expected vector, or absolute where that is zero. */
    static double distance(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        return size == 0 ? Math.sqrt(difference) : Math.sqrt(difference / size);
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
