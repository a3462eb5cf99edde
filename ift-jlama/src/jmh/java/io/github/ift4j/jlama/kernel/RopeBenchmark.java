package io.github.ift4j.jlama.kernel;

import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;

/**
 * The rotation of nine heads of 64 over the rows of four sequences of 256 tokens. It keeps the lengths of vectors, so that its
 * result can be its next input.
 */
public class RopeBenchmark extends KernelBenchmark {
    private static final int ROWS = 1024;
    private static final int LENGTH = 256;
    private static final int HEADS = 9;
    private static final int HEAD_DIM = 64;
    private static final double THETA = 10_000;

    private Matrix x;
    private Matrix cos;
    private Matrix sin;
    private int[] positions;

    @Override
    protected void prepare() {
        x = gaussian(ROWS, HEADS * HEAD_DIM);
        cos = zeros(LENGTH, HEAD_DIM / 2);
        sin = zeros(LENGTH, HEAD_DIM / 2);
        for (int position = 0; position < LENGTH; position++) {
            for (int i = 0; i < HEAD_DIM / 2; i++) {
                double angle = position * Math.pow(THETA, -2.0 * i / HEAD_DIM);
                cos.set(position, i, (float) Math.cos(angle));
                sin.set(position, i, (float) Math.sin(angle));
            }
        }
        positions = IntStream.range(0, ROWS).map(row -> row % LENGTH).toArray();
    }

    /** Rotates. */
    @Benchmark
    public void forward(Traffic traffic) {
        Rope.forward(workers, x, HEAD_DIM, positions, cos, sin);
        traffic.add(2, x);
    }

    /** Rotates back. */
    @Benchmark
    public void backward(Traffic traffic) {
        Rope.backward(workers, x, HEAD_DIM, positions, cos, sin);
        traffic.add(2, x);
    }
}
