package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.kernel.KernelBenchmark;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** One step of each optimiser over 16 million parameters, more than the caches hold. */
public class OptimizerBenchmark extends KernelBenchmark {
    private static final int ROWS = 4096;
    private static final int COLS = 4096;
    private static final double LEARNING_RATE = 1e-6;

    /** The optimisers, and how often each reads or writes as many numbers as there are parameters. */
    public enum Kind {
        /** Reads value, gradient and mean square; writes value and mean square. */
        RMSPROP(OptimizerConfig.RmsPropConfig.withDefaults(), 5),
        /** Reads value, gradient, mean and mean square; writes value, mean and mean square. */
        ADAMW(OptimizerConfig.AdamWConfig.withDefaults(), 7),
        /** Reads value and gradient; writes the value. */
        SGD(OptimizerConfig.SgdConfig.withDefaults(), 3);

        private final OptimizerConfig config;
        private final int passes;

        Kind(OptimizerConfig config, int passes) {
            this.config = config;
            this.passes = passes;
        }
    }

    /** Which optimiser. */
    @Param
    public Kind kind;

    private Parameter parameter;
    private Optimizer optimizer;

    @Override
    protected void prepare() {
        parameter = new Parameter(
                "weight",
                List.of(ROWS, COLS),
                gaussian(ROWS, COLS).segment(),
                gaussian(ROWS, COLS).segment());
        parameter.markGradient();
        optimizer = kind.config.create(List.of(parameter), workers);
    }

    @Override
    protected void release() {
        optimizer.close();
    }

    /** The step. */
    @Benchmark
    public void step(Traffic traffic) {
        optimizer.step(LEARNING_RATE, 1);
        traffic.add(kind.passes * parameter.size() * Float.BYTES);
    }
}
