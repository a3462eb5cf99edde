package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.runtime.HugePageArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** How fast all threads together read memory that is larger than the caches: what writing one answer is bound by. */
public final class ReadBandwidth {
    private static final long BYTES = 512L << 20;
    private static final long FLOATS_PER_TASK = 1 << 16;
    private static final int ROUNDS = 12;
    /** Vectors read in one go, each into a sum of its own, so that no addition waits for another. */
    private static final int VECTORS = 8;

    private ReadBandwidth() {}

    /**
     * Reads 512 MiB several times.
     *
     * @return bytes a second of the fastest time
     */
    public static double measure(Workers workers) {
        int tasks = (int) (BYTES / Float.BYTES / FLOATS_PER_TASK);
        float[] sums = new float[tasks];
        try (Arena arena = new HugePageArena()) {
            MemorySegment memory = arena.allocate(BYTES, 64).fill((byte) 0);
            return FastestRound.rate(
                    ROUNDS,
                    BYTES,
                    () -> workers.forEach(tasks, (task, worker) -> sums[task] = sum(memory, task * FLOATS_PER_TASK)));
        }
    }

    private static float sum(MemorySegment memory, long from) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        for (long i = from; i < from + FLOATS_PER_TASK; i += (long) VECTORS * LANES) {
            s0 = s0.add(Vectors.load(memory, i));
            s1 = s1.add(Vectors.load(memory, i + LANES));
            s2 = s2.add(Vectors.load(memory, i + 2L * LANES));
            s3 = s3.add(Vectors.load(memory, i + 3L * LANES));
            s4 = s4.add(Vectors.load(memory, i + 4L * LANES));
            s5 = s5.add(Vectors.load(memory, i + 5L * LANES));
            s6 = s6.add(Vectors.load(memory, i + 6L * LANES));
            s7 = s7.add(Vectors.load(memory, i + 7L * LANES));
        }
        return s0.add(s1).add(s2.add(s3)).add(s4.add(s5).add(s6.add(s7))).lane(0);
    }
}
