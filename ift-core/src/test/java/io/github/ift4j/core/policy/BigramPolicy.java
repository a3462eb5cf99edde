package io.github.ift4j.core.policy;

import io.github.ift4j.core.data.Sequence;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The smallest language model with everything a policy has: the logits of the next token are {@code head * embed[token]},
 * computed in float64, with float32 parameters and gradients.
 */
public final class BigramPolicy implements Policy {
    private final int vocabulary;
    private final int width;
    private final Arena arena = Arena.ofShared();
    private final Parameter embed;
    private final Parameter head;

    public BigramPolicy(int vocabulary, int width, long seed) {
        this.vocabulary = vocabulary;
        this.width = width;
        SplittableRandom random = new SplittableRandom(seed);
        this.embed = parameter("embed", random);
        this.head = parameter("head", random);
    }

    private Parameter parameter(String name, SplittableRandom random) {
        long size = (long) vocabulary * width;
        MemorySegment value = arena.allocate(ValueLayout.JAVA_FLOAT, size);
        for (long i = 0; i < size; i++) {
            value.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (0.5 * random.nextGaussian()));
        }
        return new Parameter(name, List.of(vocabulary, width), value, arena.allocate(ValueLayout.JAVA_FLOAT, size));
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(embed, head);
    }

    @Override
    public List<SequenceScore> score(List<Sequence> sequences, OptionalLambda lambda) {
        return sequences.stream()
                .map(sequence -> score(sequence, inputs(sequence, lambda)))
                .toList();
    }

    @Override
    public void accumulate(List<List<Sequence>> groups, OptionalLambda lambda, GradientSource source) {
        for (int g = 0; g < groups.size(); g++) {
            List<double[][]> inputs = new ArrayList<>();
            List<SequenceScore> scores = new ArrayList<>();
            for (Sequence sequence : groups.get(g)) {
                inputs.add(inputs(sequence, lambda));
                scores.add(score(sequence, inputs.getLast()));
            }
            List<SequenceGradient> gradients = source.gradient(g, scores);
            for (int s = 0; s < scores.size(); s++) {
                backward(groups.get(g).get(s), inputs.get(s), gradients.get(s).logps(), !lambda.present());
            }
        }
    }

    /** The (mixed) embedding of each position, [tokens][width]. */
    private double[][] inputs(Sequence sequence, OptionalLambda lambda) {
        double[][] plain = new double[sequence.length()][];
        for (int t = 0; t < plain.length; t++) {
            plain[t] = row(embed, sequence.inputIds()[t]);
        }
        if (!lambda.present()) {
            return plain;
        }
        double[][] mixed = new double[plain.length][width];
        for (int t = 0; t < plain.length; t++) {
            double[] other = sequence.isLabelled(t) ? row(embed, argmax(logits(plain[t - 1]))) : plain[t];
            for (int k = 0; k < width; k++) {
                mixed[t][k] = (1 - lambda.value()) * plain[t][k] + lambda.value() * other[k];
            }
        }
        return mixed;
    }

    private SequenceScore score(Sequence sequence, double[][] inputs) {
        double[] logps = new double[sequence.length()];
        int[] greedy = new int[sequence.length()];
        for (int t = 0; t < logps.length; t++) {
            greedy[t] = -1;
            if (sequence.isLabelled(t)) {
                double[] logits = logits(inputs[t - 1]);
                logps[t] = logits[sequence.labels()[t]] - logSumExp(logits);
                greedy[t] = argmax(logits);
            }
        }
        return new SequenceScore(sequence, logps, greedy);
    }

    private void backward(Sequence sequence, double[][] inputs, double[] dLogps, boolean embeddingLearns) {
        head.markGradient();
        if (embeddingLearns) {
            embed.markGradient();
        }
        for (int t = 1; t < dLogps.length; t++) {
            if (!sequence.isLabelled(t)) {
                continue;
            }
            double[] input = inputs[t - 1];
            double[] logits = logits(input);
            double normaliser = logSumExp(logits);
            double[] dInput = new double[width];
            for (int v = 0; v < vocabulary; v++) {
                double oneHot = v == sequence.labels()[t] ? 1 : 0;
                double dLogit = dLogps[t] * (oneHot - Math.exp(logits[v] - normaliser));
                double[] weights = row(head, v);
                for (int k = 0; k < width; k++) {
                    add(head, v, k, dLogit * input[k]);
                    dInput[k] += dLogit * weights[k];
                }
            }
            for (int k = 0; embeddingLearns && k < width; k++) {
                add(embed, sequence.inputIds()[t - 1], k, dInput[k]);
            }
        }
    }

    private double[] logits(double[] input) {
        double[] logits = new double[vocabulary];
        for (int v = 0; v < vocabulary; v++) {
            double[] weights = row(head, v);
            for (int k = 0; k < width; k++) {
                logits[v] += weights[k] * input[k];
            }
        }
        return logits;
    }

    private double[] row(Parameter table, int index) {
        double[] row = new double[width];
        for (int k = 0; k < width; k++) {
            row[k] = table.get((long) index * width + k);
        }
        return row;
    }

    private void add(Parameter table, int row, int column, double amount) {
        long index = (long) row * width + column;
        float sum = table.gradient().getAtIndex(ValueLayout.JAVA_FLOAT, index) + (float) amount;
        table.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, index, sum);
    }

    private static int argmax(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }

    private static double logSumExp(double[] values) {
        double largest = values[argmax(values)];
        double sum = 0;
        for (double value : values) {
            sum += Math.exp(value - largest);
        }
        return largest + Math.log(sum);
    }

    @Override
    public void close() {
        arena.close();
    }
}
