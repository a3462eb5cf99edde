package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import java.util.Arrays;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * A mean over seeds.
 *
 * @param mean of the values
 * @param halfWidth of its 95 percent confidence interval by Student's t
 */
public record Estimate(double mean, double halfWidth) {
    private static final double UPPER = 0.975;

    /** The mean of at least two values. */
    public static Estimate of(double[] values) {
        int n = values.length;
        Preconditions.checkArgument(n >= 2, "an interval needs at least 2 values, there are %s", n);
        double mean = Arrays.stream(values).sum() / n;
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        double t = new TDistribution(n - 1).inverseCumulativeProbability(UPPER);
        return new Estimate(mean, t * Math.sqrt(squares / (n - 1) / n));
    }

    /** Lower end of the interval. */
    public double low() {
        return mean - halfWidth;
    }

    /** Upper end of the interval. */
    public double high() {
        return mean + halfWidth;
    }
}
