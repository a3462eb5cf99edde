package io.github.ift4j.jlama.kernel;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.random.SplitMix64;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the benchmarks share: how they are measured, threads as {@code IFT_THREADS} says, and memory that is freed with them.
 *
 * <p>The score is calls a second; a second line says how much of what bounds the kernel those calls did a second, billions of
 * operations or of bytes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public abstract class KernelBenchmark {
    private static final long SEED = 17;
    private static final double BILLIONTH = 1e-9;

    /** The threads that kernels run on. */
    protected Workers workers;
    /** Owner of the operands. */
    protected Arena arena;

    private final SplitMix64 random = new SplitMix64(SEED);

    /** Makes the operands, once threads and memory are there. */
    protected abstract void prepare();

    /** Frees what {@link #prepare} took and the arena does not own. */
    protected void release() {}

    /** Begins. */
    @Setup(Level.Trial)
    public void open() {
        workers = Workers.fromEnvironment();
        arena = Arena.ofShared();
        prepare();
    }

    /** Ends. */
    @TearDown(Level.Trial)
    public void close() {
        release();
        workers.close();
        arena.close();
    }

    /** A matrix of normally distributed numbers. */
    protected Matrix gaussian(int rows, int cols) {
        Matrix matrix = Matrix.allocate(arena, rows, cols);
        float[] values = new float[cols];
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                values[col] = (float) random.nextGaussian();
            }
            matrix.setRow(row, values);
        }
        return matrix;
    }

    /** A matrix of zeros. */
    protected Matrix zeros(int rows, int cols) {
        return Matrix.allocate(arena, rows, cols);
    }

    /** Floating-point operations; a fused multiply-add is two. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Operations {
        /** In billions. */
        public double gflop;

        /** Counts the product of matrices [m, k] and [k, n]. */
        void addProduct(long m, long n, long k) {
            gflop += 2 * BILLIONTH * m * n * k;
        }
    }

    /** Bytes of the operands, each counted once if it is read or written and twice if both. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Traffic {
        /** In billions. */
        public double gbyte;

        /** Counts bytes. */
        public void add(long bytes) {
            gbyte += BILLIONTH * bytes;
        }

        /**
         * Counts matrices.
         *
         * @param passes how often one of this size is read or written
         */
        void add(int passes, Matrix matrix) {
            add((long) passes * matrix.rows() * matrix.cols() * Float.BYTES);
        }
    }
}
