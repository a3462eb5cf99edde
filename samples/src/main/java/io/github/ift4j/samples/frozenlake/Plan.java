package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many agents are trained, the same for each method.
 *
 * @param seeds agents whose figures are reported
 * @param tuningSeeds agents for each learning rate that is tried, others than those
 * @param rates learning rates that are tried, ascending
 * @param seed of everything
 */
public record Plan(int seeds, int tuningSeeds, List<Double> rates, long seed) {
    /** Distance between the seeds of tuning and those of the report. */
    private static final long TUNING = 1_000_000;

    public Plan {
        rates = List.copyOf(rates);
        Preconditions.checkArgument(seeds >= 2, "seeds must be at least 2, was %s", seeds);
        Preconditions.checkArgument(tuningSeeds >= 1, "tuning-seeds must be at least 1, was %s", tuningSeeds);
        Preconditions.checkArgument(!rates.isEmpty(), "a learning rate must be given");
    }

    /** The same with every second learning rate, and half as many agents for each. */
    Plan coarser() {
        List<Double> fewer = IntStream.range(0, rates.size())
                .filter(index -> index % 2 == 0)
                .mapToObj(rates::get)
                .toList();
        return new Plan(seeds, Math.max(1, tuningSeeds / 2), fewer, seed);
    }

    /** Quarter decades between two powers of ten, both among them. */
    public static List<Double> quarterDecades(int lowest, int highest) {
        return IntStream.rangeClosed(4 * lowest, 4 * highest)
                .mapToObj(quarter -> StrictMath.pow(10, quarter / 4.0))
                .toList();
    }

    /** Seed of a reported agent; all methods begin with the same agents. */
    long reportSeed(int index) {
        return seed + index;
    }

    /** Seed of an agent that a learning rate is tried with. */
    long tuningSeed(int index) {
        return seed + TUNING + index;
    }
}
