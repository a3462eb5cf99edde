package io.github.ift4j.jlama.kernel;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** Normalisation of the rows of four sequences of 256 tokens, hidden size 576, with the gradients of weights. */
public class NormBenchmark extends KernelBenchmark {
    private static final int ROWS = 1024;
    private static final int HIDDEN = 576;
    private static final float EPSILON = 1e-5f;

    private Matrix x;
    private Matrix weight;
    private Matrix bias;
    private Matrix out;
    private Matrix inverse;
    private Matrix stats;
    private Matrix dOut;
    private Matrix dX;
    private Matrix dWeight;
    private Matrix dBias;

    @Override
    protected void prepare() {
        x = gaussian(ROWS, HIDDEN);
        weight = gaussian(1, HIDDEN);
        bias = gaussian(1, HIDDEN);
        out = zeros(ROWS, HIDDEN);
        inverse = zeros(ROWS, 1);
        stats = zeros(ROWS, 2);
        dOut = gaussian(ROWS, HIDDEN);
        dX = zeros(ROWS, HIDDEN);
        dWeight = zeros(1, HIDDEN);
        dBias = zeros(1, HIDDEN);
        RmsNorm.forward(workers, x, weight, 0, EPSILON, out, inverse);
        LayerNorm.forward(workers, x, weight, bias, EPSILON, out, stats);
    }

    /** Gradients grow with each call. */
    @Setup(Level.Iteration)
    public void clear() {
        dX.clear();
        dWeight.clear();
        dBias.clear();
    }

    /** Llama's norm. */
    @Benchmark
    public void rmsForward(Traffic traffic) {
        RmsNorm.forward(workers, x, weight, 0, EPSILON, out, inverse);
        traffic.add(2, x);
    }

    /** Its gradients. */
    @Benchmark
    public void rmsBackward(Traffic traffic) {
        RmsNorm.backward(workers, x, weight, 0, inverse, dOut, dX, dWeight);
        traffic.add(4, x);
    }

    /** GPT-2's norm. */
    @Benchmark
    public void layerForward(Traffic traffic) {
        LayerNorm.forward(workers, x, weight, bias, EPSILON, out, stats);
        traffic.add(2, x);
    }

    /** Its gradients. */
    @Benchmark
    public void layerBackward(Traffic traffic) {
        LayerNorm.backward(workers, x, weight, stats, dOut, dX, dWeight, dBias);
        traffic.add(4, x);
    }
}
