package io.github.ift4j.jlama.kernel;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** The gates of an MLP of width 1536 over the rows of four sequences of 256 tokens. */
public class GateBenchmark extends KernelBenchmark {
    private static final int ROWS = 1024;
    private static final int WIDTH = 1536;

    private Matrix initial;
    private Matrix gate;
    private Matrix up;
    private Matrix out;

    @Override
    protected void prepare() {
        initial = gaussian(ROWS, WIDTH);
        gate = zeros(ROWS, WIDTH);
        up = zeros(ROWS, WIDTH);
        out = zeros(ROWS, WIDTH);
    }

    /**
     * The backward passes overwrite their operands, which would shrink from call to call. The call takes far longer than reading the
     * clock before and after it.
     */
    @Setup(Level.Invocation)
    public void restore() {
        gate.copyFrom(initial);
        up.copyFrom(initial);
        out.copyFrom(initial);
    }

    /** Llama's gate. */
    @Benchmark
    public void swiForward(Traffic traffic) {
        SwiGlu.forward(workers, gate, up, out);
        traffic.add(3, gate);
    }

    /** Its gradients, and its output again. */
    @Benchmark
    public void swiBackward(Traffic traffic) {
        SwiGlu.backward(workers, gate, up, out);
        traffic.add(6, gate);
    }

    /** Gemma's gate. */
    @Benchmark
    public void geForward(Traffic traffic) {
        GeGlu.forward(workers, gate, up, out);
        traffic.add(3, gate);
    }

    /** Its gradients, and its output again. */
    @Benchmark
    public void geBackward(Traffic traffic) {
        GeGlu.backward(workers, gate, up, out);
        traffic.add(6, gate);
    }
}
