package io.github.ift4j.jlama.kernel;

import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;

/** What becomes of 128 rows of logits over a vocabulary of 49152. */
public class LogSoftmaxBenchmark extends KernelBenchmark {
    private static final int ROWS = 128;
    private static final int VOCABULARY = 49_152;

    private Matrix logits;
    private LogSoftmax softmax;
    private int[] labels;
    private int[] greedy;
    private double[] scale;

    @Override
    protected void prepare() {
        logits = gaussian(ROWS, VOCABULARY);
        labels = new int[ROWS];
        Arrays.setAll(labels, row -> 3 * row);
        greedy = new int[ROWS];
        scale = new double[ROWS];
        Arrays.fill(scale, 1.0 / ROWS);
        softmax = new LogSoftmax(labels);
        softmax.add(workers, logits, 0);
    }

    /** Log-sum-exp, the label's log-probability and the greedy prediction. */
    @Benchmark
    public LogSoftmax score(Traffic traffic) {
        LogSoftmax scores = new LogSoftmax(labels);
        scores.add(workers, logits, 0);
        traffic.add(1, logits);
        return scores;
    }

    /** The greedy prediction alone. */
    @Benchmark
    public int[] greedy(Traffic traffic) {
        LogSoftmax.greedy(workers, logits, greedy, 0);
        traffic.add(1, logits);
        return greedy;
    }

    /** The gradient in place of the logits. From the second call on the logits are gradients, which costs the same. */
    @Benchmark
    public void backward(Traffic traffic) {
        softmax.backward(workers, logits, 0, scale, 0);
        traffic.add(2, logits);
    }
}
