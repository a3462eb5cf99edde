package io.github.ift4j.core.optimizer;

import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.kernel.KernelBenchmark;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;

/** The norm of 16 million gradients, which clipping needs. */
public class GradientNormBenchmark extends KernelBenchmark {
    private static final int ROWS = 4096;
    private static final int COLS = 4096;

    private Parameter parameter;
    private GradientNorm norm;

    @Override
    protected void prepare() {
        parameter = new Parameter(
                "weight",
                List.of(ROWS, COLS),
                zeros(ROWS, COLS).segment(),
                gaussian(ROWS, COLS).segment());
        parameter.markGradient();
        norm = new GradientNorm(List.of(parameter), workers);
    }

    /** Reads each gradient once. */
    @Benchmark
    public double compute(Traffic traffic) {
        traffic.add(parameter.gradient().byteSize());
        return norm.compute();
    }
}
