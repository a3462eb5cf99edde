package io.github.ift4j.samples.cli;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What was measured, run after run.
 *
 * @param all of them, more than {@link #WARMUP}
 */
record BenchRuns<T>(List<T> all) {
    /** So many do not count. */
    static final int WARMUP = 2;

    /** Those that count. */
    List<T> counted() {
        return all.subList(WARMUP, all.size());
    }

    /** Of those that count. */
    double median(ToDoubleFunction<T> value) {
        double[] values = counted().stream().mapToDouble(value).sorted().toArray();
        return values[values.length / 2];
    }
}
