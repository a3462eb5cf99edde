package io.github.ift4j.jlama.kernel;

import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;

/** Which implementation of {@link Gemm} computes a model's products in training. */
public enum GemmChoice {
    /** {@link VectorGemm}: float32, the same bits on every machine. */
    VECTOR,
    /** {@link OneDnnGemm}: bfloat16 with sums in float32; needs the optional dependency. */
    ONEDNN,
    /** The faster one of those that are there, by a measurement of a second. */
    AUTO;

    private static final int MEASURED_ROWS = 256;
    private static final int MAX_MEASURED = 1024;
    private static final int MEASUREMENTS = 9;
    /** A JVM that has just started needs a second of small products to compile what larger ones run on. */
    private static final long WARM_UP_NANOS = 1_000_000_000;

    private static final int WARM_UP_SIZE = 64;

    /**
     * Which one this choice means here: itself, or for {@link #AUTO} one of the others.
     *
     * @param outputs of a typical weight of the model
     * @param inputs of that weight
     */
    public GemmChoice resolve(Workers workers, int outputs, int inputs) {
        if (this != AUTO) {
            return this;
        }
        try (Gemm oneDnn = ONEDNN.open(workers)) {
            return faster(oneDnn, Math.min(outputs, MAX_MEASURED), Math.min(inputs, MAX_MEASURED)) ? ONEDNN : VECTOR;
        } catch (IllegalStateException e) {
            System.getLogger(GemmChoice.class.getName())
                    .log(System.Logger.Level.DEBUG, "products stay in float32: {0}", e.getMessage());
            return VECTOR;
        }
    }

    /**
     * The products of a resolved choice.
     *
     * @param workers the threads to run on
     * @throws IllegalStateException when it is not there; says what is missing
     * @throws UnsupportedOperationException when it is {@link #AUTO}
     */
    public Gemm open(Workers workers) {
        return switch (this) {
            case VECTOR -> new VectorGemm(workers);
            case ONEDNN -> new OneDnnGemm(workers);
            case AUTO -> throw new UnsupportedOperationException("resolve the choice first");
        };
    }

    private static boolean faster(Gemm gemm, int outputs, int inputs) {
        try (Arena arena = Arena.ofShared()) {
            Operands small = Operands.allocate(arena, WARM_UP_SIZE, WARM_UP_SIZE, WARM_UP_SIZE);
            long end = System.nanoTime() + WARM_UP_NANOS;
            while (System.nanoTime() < end) {
                small.nanos(gemm.exact());
                small.nanos(gemm);
            }
            Operands typical = Operands.allocate(arena, MEASURED_ROWS, outputs, inputs);
            long exact = Long.MAX_VALUE;
            long other = Long.MAX_VALUE;
            for (int i = 0; i < MEASUREMENTS; i++) {
                exact = Math.min(exact, typical.nanos(gemm.exact()));
                other = Math.min(other, typical.nanos(gemm));
            }
            return other < exact;
        }
    }

    /** The forward product of a layer. */
    private record Operands(Matrix x, Matrix weight, Matrix out) {
        static Operands allocate(Arena arena, int rows, int outputs, int inputs) {
            return new Operands(
                    Matrix.allocate(arena, rows, inputs),
                    Matrix.allocate(arena, outputs, inputs),
                    Matrix.allocate(arena, rows, outputs));
        }

        long nanos(Gemm gemm) {
            long start = System.nanoTime();
            gemm.multiplyWeight(Gemm.Form.A_BT, x, weight, out, false);
            return System.nanoTime() - start;
        }
    }
}
