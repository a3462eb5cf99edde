package io.github.ift4j.jlama.decoder;

import java.util.Arrays;

/** The norms of a decoder: RMSNorm, Gemma's with one plus the weight, and GPT-2's LayerNorm. */
record ReferenceNorms(ReferenceConfig config, ReferenceWeights weights) {

    /** The norm of that name, over the whole vector. */
    double[] apply(double[] x, String name) {
        double[] weight = weights.get(name + ".weight");
        return config.isGpt2() ? layerNorm(x, weight, weights.get(name + ".bias")) : rmsNorm(x, weight);
    }

    /** The norm of that name over each head of the vector, all with the same weight [headDim]. */
    double[] applyToHeads(double[] x, String name) {
        double[] weight = weights.get(name + ".weight");
        double[] out = new double[x.length];
        for (int from = 0; from < x.length; from += weight.length) {
            double[] head = rmsNorm(Arrays.copyOfRange(x, from, from + weight.length), weight);
            System.arraycopy(head, 0, out, from, head.length);
        }
        return out;
    }

    private double[] rmsNorm(double[] x, double[] weight) {
        double squares = Arrays.stream(x).map(value -> value * value).sum();
        double scale = 1 / Math.sqrt(squares / x.length + config.normEpsilon());
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] * scale * (config.isGemma() ? 1 + weight[i] : weight[i]);
        }
        return out;
    }

    private double[] layerNorm(double[] x, double[] weight, double[] bias) {
        double mean = Arrays.stream(x).sum() / x.length;
        double variance =
                Arrays.stream(x).map(value -> (value - mean) * (value - mean)).sum() / x.length;
        double scale = 1 / Math.sqrt(variance + config.normEpsilon());
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = (x[i] - mean) * scale * weight[i] + bias[i];
        }
        return out;
    }
}
