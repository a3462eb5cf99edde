package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.architecture.DecoderConfig;

/**
 * Floating-point operations of the matrix products of one training step, as this project computes it: no row after the last
 * label, rows before the first label once and in the last layer not beyond their keys and values, the output head for labelled
 * positions only. A backward pass takes twice the operations of its forward pass.
 *
 * @param config the model's shape
 */
record StepCost(DecoderConfig config) {
    /**
     * Operations for one sequence whose labels are all tokens after the prompt.
     *
     * @param length tokens
     * @param prompt tokens without a label, at least 1
     * @param mixed whether there is a second pass on mixed inputs
     */
    double operations(int length, int prompt, boolean mixed) {
        int rows = length - 1;
        int labels = length - prompt;
        double whole = layers(0, prompt - 1, rows) + head(labels);
        double forward = mixed ? whole + layers(prompt, prompt, rows) + head(labels) : whole;
        return forward + 2 * whole;
    }

    /**
     * The layers over the positions {@code from} (inclusive) to {@code to} (exclusive), each attending to all before it; the last
     * layer's output from {@code predicting} on.
     */
    private double layers(int from, int predicting, int to) {
        int queries = config.attention().queryWidth();
        double projected =
                (double) config.hiddenSize() * (queries + 2 * config.attention().keyWidth());
        double layer = 2.0 * (to - from) * config.weightsPerToken() + attention(from, to);
        double last = 2 * ((to - from) * projected + (to - predicting) * (config.weightsPerToken() - projected))
                + attention(predicting, to);
        return (config.layers().size() - 1) * layer + last;
    }

    private double attention(int from, int to) {
        double pairs = (from + 1.0 + to) / 2 * (to - from);
        return 4 * pairs * config.attention().queryWidth();
    }

    private double head(int labels) {
        return 2.0 * labels * config.hiddenSize() * config.vocabularySize();
    }
}
