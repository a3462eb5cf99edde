package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import io.github.ift4j.core.parallel.Workers;
import jdk.incubator.vector.FloatVector;

/** How fast all threads together multiply and add float32 vectors that never leave their registers: what products are bound by. */
public final class MultiplyAddPeak {
    private static final int TURNS = 1 << 14;
    private static final int TASKS_PER_WORKER = 16;
    private static final int ROUNDS = 100;
    /** Sums of a turn, so many that none waits for the one before. */
    private static final int SUMS = 12;

    private MultiplyAddPeak() {}

    /**
     * Multiplies and adds for about a fifth of a second.
     *
     * @return floating-point operations a second of the fastest time, an addition and a multiplication counted each
     */
    public static double measure(Workers workers) {
        int tasks = TASKS_PER_WORKER * workers.size();
        float[] sums = new float[tasks];
        double operations = 2.0 * tasks * TURNS * SUMS * LANES;
        return FastestRound.rate(
                ROUNDS, operations, () -> workers.forEach(tasks, (task, worker) -> sums[task] = sum(task)));
    }

    private static float sum(float first) {
        FloatVector x = FloatVector.broadcast(SPECIES, 1e-3f);
        FloatVector s0 = FloatVector.broadcast(SPECIES, first);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        FloatVector s8 = s0;
        FloatVector s9 = s0;
        FloatVector s10 = s0;
        FloatVector s11 = s0;
        for (int i = 0; i < TURNS; i++) {
            s0 = x.fma(x, s0);
            s1 = x.fma(x, s1);
            s2 = x.fma(x, s2);
            s3 = x.fma(x, s3);
            s4 = x.fma(x, s4);
            s5 = x.fma(x, s5);
            s6 = x.fma(x, s6);
            s7 = x.fma(x, s7);
            s8 = x.fma(x, s8);
            s9 = x.fma(x, s9);
            s10 = x.fma(x, s10);
            s11 = x.fma(x, s11);
        }
        FloatVector low = s0.add(s1).add(s2.add(s3)).add(s4.add(s5));
        FloatVector high = s6.add(s7).add(s8.add(s9)).add(s10.add(s11));
        return low.add(high).lane(0);
    }
}
