package io.github.ift4j.jlama.kernel;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import jdk.incubator.vector.FloatVector;

/**
 * How fast the products of generating one token read their weights, those of SmolLM-135M's shape, beside a plain read of as many
 * threads over 1 GiB. Run {@link #main} by hand, with {@code --add-modules jdk.incubator.vector}; needs 2 GiB.
 */
final class DecodeBandwidth {
    private static final int ROUNDS = 11;
    private static final long PLAIN_BYTES = 1L << 30;
    private static final int PLAIN_TASKS = 1024;
    private static final int LAYERS = 30;
    private static final int HIDDEN = 576;
    private static final int VOCABULARY = 49_152;
    /** Output and input widths of a layer's products. */
    private static final int[][] LAYER = {
        {576, 576}, {192, 576}, {192, 576}, {576, 576}, {1536, 576}, {1536, 576}, {576, 1536}
    };

    private DecodeBandwidth() {}

    /** A packed weight. */
    private record Packed(int n, int k, PackedWeights panels) {
        long bytes() {
            return (long) n * k * Float.BYTES;
        }
    }

    /** Logs medians in GB/s. */
    public static void main(String[] arguments) {
        try (Workers workers = Workers.fromEnvironment();
                Arena arena = Arena.ofShared();
                VectorGemm gemm = new VectorGemm(workers)) {
            MemorySegment plain = arena.allocate(PLAIN_BYTES, 64).fill((byte) 0);
            List<Packed> weights = new ArrayList<>();
            for (int layer = 0; layer < LAYERS; layer++) {
                for (int[] shape : LAYER) {
                    weights.add(pack(gemm, arena, shape[0], shape[1]));
                }
            }
            weights.add(pack(gemm, arena, VOCABULARY, HIDDEN));
            long bytes = weights.stream().mapToLong(Packed::bytes).sum();
            Matrix input = Matrix.allocate(arena, 1, 1536);
            Matrix output = Matrix.allocate(arena, 1, VOCABULARY);
            float[] sums = new float[PLAIN_TASKS];
            double[] read = new double[ROUNDS];
            double[] multiplied = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                workers.forEach(PLAIN_TASKS, (task, worker) -> sums[task] = sum(plain, task));
                read[round] = (double) PLAIN_BYTES / (System.nanoTime() - start);
                start = System.nanoTime();
                for (Packed weight : weights) {
                    gemm.multiplyPacked(
                            input.columnRange(0, weight.k()),
                            weight.panels(),
                            output.columnRange(0, weight.n()),
                            false);
                }
                multiplied[round] = (double) bytes / (System.nanoTime() - start);
            }
            System.getLogger(DecodeBandwidth.class.getName())
                    .log(
                            System.Logger.Level.INFO,
                            String.format(
                                    Locale.ROOT,
                                    "%d threads: plain read %.1f GB/s, products %.1f GB/s",
                                    workers.size(),
                                    median(read),
                                    median(multiplied)));
        }
    }

    private static Packed pack(VectorGemm gemm, Arena arena, int n, int k) {
        try (Arena plain = Arena.ofShared()) {
            return new Packed(n, k, gemm.pack(Matrix.allocate(plain, n, k), arena));
        }
    }

    private static float sum(MemorySegment memory, int task) {
        long from = task * (PLAIN_BYTES / PLAIN_TASKS) / Float.BYTES;
        long to = (task + 1) * (PLAIN_BYTES / PLAIN_TASKS) / Float.BYTES;
        FloatVector even = FloatVector.zero(Vectors.SPECIES);
        FloatVector odd = FloatVector.zero(Vectors.SPECIES);
        for (long i = from; i < to; i += 2L * Vectors.LANES) {
            even = even.add(
                    FloatVector.fromMemorySegment(Vectors.SPECIES, memory, i * Float.BYTES, ByteOrder.nativeOrder()));
            odd = odd.add(FloatVector.fromMemorySegment(
                    Vectors.SPECIES, memory, (i + Vectors.LANES) * Float.BYTES, ByteOrder.nativeOrder()));
        }
        return even.add(odd).lane(0);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
