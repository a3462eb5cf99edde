package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;

/**
 * How fast the products of a training step are beside those of oneDNN in the same float32, {@code dnnl_sgemm}, on as many threads, in
 * alternating rounds. Run {@link #main} by hand, with the tests' class path:
 *
 * <pre>
 * IFT_THREADS=2 OMP_NUM_THREADS=2 OMP_WAIT_POLICY=PASSIVE java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
 *     -cp … io.github.ift4j.jlama.kernel.GemmPeers
 * </pre>
 *
 * With another wait policy oneDNN's threads go on spinning after a product and take the processor from ours.
 */
final class GemmPeers {
    private static final int WARMUP_ROUNDS = 5;
    private static final int ROUNDS = 15;
    private static final double OPERATIONS_PER_BATCH = 4e9;
    /** Tokens, inputs and outputs of a layer. */
    private static final List<int[]> LAYERS =
            List.of(new int[] {1024, 1024, 1024}, new int[] {1024, 288, 768}, new int[] {1024, 576, 1536}, new int[] {
                1024, 576, 49_152
            });

    private GemmPeers() {}

    /** Logs medians and best rounds in GFLOP/s, and ours over theirs. */
    public static void main(String[] arguments) {
        try (Workers workers = Workers.fromEnvironment();
                VectorGemm gemm = new VectorGemm(workers)) {
            Preconditions.checkState(
                    Integer.toString(workers.size()).equals(System.getenv("OMP_NUM_THREADS")),
                    "set OMP_NUM_THREADS to %s, the number of our threads",
                    workers.size());
            Preconditions.checkState(
                    "PASSIVE".equals(System.getenv("OMP_WAIT_POLICY")), "set OMP_WAIT_POLICY to PASSIVE");
            log("%d threads, %s; GFLOP/s as median (best)", workers.size(), gemm.name());
            for (int[] layer : LAYERS) {
                for (Gemm.Form form : Gemm.Form.values()) {
                    compare(gemm, form, layer[0], layer[1], layer[2]);
                }
            }
        }
    }

    private static void compare(Gemm gemm, Gemm.Form form, int tokens, int inputs, int outputs) {
        try (Arena arena = Arena.ofShared()) {
            Matrix in = random(arena, tokens, inputs, 1);
            Matrix weight = random(arena, outputs, inputs, 2);
            Matrix out = random(arena, tokens, outputs, 3);
            switch (form) {
                case A_BT -> compare(gemm, form, in, weight, Matrix.allocate(arena, tokens, outputs), inputs);
                case A_B -> compare(gemm, form, out, weight, Matrix.allocate(arena, tokens, inputs), outputs);
                case AT_B -> compare(gemm, form, out, in, Matrix.allocate(arena, outputs, inputs), tokens);
            }
        }
    }

    private static void compare(Gemm gemm, Gemm.Form form, Matrix a, Matrix b, Matrix c, int k) {
        double operations = 2.0 * c.rows() * c.cols() * k;
        int repeats = Math.max(1, (int) Math.round(OPERATIONS_PER_BATCH / operations));
        FloatPointer left = pointer(a);
        FloatPointer right = pointer(b);
        FloatPointer result = pointer(c);
        double[] ours = new double[ROUNDS];
        double[] theirs = new double[ROUNDS];
        for (int round = -WARMUP_ROUNDS; round < ROUNDS; round++) {
            double our = speed(operations, repeats, () -> gemm.multiply(form, a, b, c, false));
            double their = speed(operations, repeats, () -> {
                int status = dnnl.dnnl_sgemm(
                        (byte) (form == Gemm.Form.AT_B ? 'T' : 'N'),
                        (byte) (form == Gemm.Form.A_BT ? 'T' : 'N'),
                        c.rows(),
                        c.cols(),
                        k,
                        1,
                        left,
                        a.stride(),
                        right,
                        b.stride(),
                        0,
                        result,
                        c.stride());
                Preconditions.checkState(status == dnnl.dnnl_success, "dnnl_sgemm failed with status %s", status);
            });
            if (round >= 0) {
                ours[round] = our;
                theirs[round] = their;
            }
        }
        Arrays.sort(ours);
        Arrays.sort(theirs);
        log(
                "%-4s %5d x %5d x %5d  ours %5.1f (%5.1f)  oneDNN %5.1f (%5.1f)  ratio %.2f (%.2f)",
                form,
                c.rows(),
                c.cols(),
                k,
                ours[ROUNDS / 2],
                ours[ROUNDS - 1],
                theirs[ROUNDS / 2],
                theirs[ROUNDS - 1],
                ours[ROUNDS / 2] / theirs[ROUNDS / 2],
                ours[ROUNDS - 1] / theirs[ROUNDS - 1]);
    }

    private static double speed(double operations, int repeats, Runnable product) {
        long start = System.nanoTime();
        for (int i = 0; i < repeats; i++) {
            product.run();
        }
        return operations * repeats / (System.nanoTime() - start);
    }

    private static Matrix random(Arena arena, int rows, int cols, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Matrix matrix = Matrix.allocate(arena, rows, cols);
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                matrix.set(row, col, (float) random.nextDouble(-0.5, 0.5));
            }
        }
        return matrix;
    }

    private static FloatPointer pointer(Matrix matrix) {
        return new FloatPointer(new OneDnn.Address(matrix.segment().address() + matrix.rowByte(0)));
    }

    private static void log(String format, Object... values) {
        System.getLogger(GemmPeers.class.getName())
                .log(System.Logger.Level.INFO, String.format(Locale.ROOT, format, values));
    }
}
