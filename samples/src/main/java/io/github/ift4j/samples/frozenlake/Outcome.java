package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a method achieved.
 *
 * @param method the method
 * @param learningRate that did best in tuning
 * @param tuned mean final error in tuning of each rate of the plan
 * @param runs one a seed
 */
public record Outcome(Method method, double learningRate, double[] tuned, List<Run> runs) {
    public Outcome {
        runs = List.copyOf(runs);
        Preconditions.checkArgument(!runs.isEmpty(), "%s: there are no runs", method.name());
    }

    /** A figure of each run, by seed. */
    public double[] each(ToDoubleFunction<Run> figure) {
        return runs.stream().mapToDouble(figure).toArray();
    }

    /** Mean of a figure. */
    public Estimate estimate(ToDoubleFunction<Run> figure) {
        return Estimate.of(each(figure));
    }
}
