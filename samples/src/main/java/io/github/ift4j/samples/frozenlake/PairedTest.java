package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import org.apache.commons.math3.stat.inference.TTest;

/**
 * Two methods compared on the same seeds.
 *
 * @param difference mean of first minus second
 * @param p two-sided p value of the paired t-test, 1 when all pairs are equal
 */
public record PairedTest(Estimate difference, double p) {
    /** Compares values of the same seeds in the same order. */
    public static PairedTest of(double[] first, double[] second) {
        Preconditions.checkArgument(
                first.length == second.length, "%s values cannot pair with %s", first.length, second.length);
        double[] differences = new double[first.length];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = first[i] - second[i];
        }
        Estimate difference = Estimate.of(differences);
        double p = difference.halfWidth() > 0 ? new TTest().pairedTTest(first, second) : 1;
        return new PairedTest(difference, p);
    }
}
