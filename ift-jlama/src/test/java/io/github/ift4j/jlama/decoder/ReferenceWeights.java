package io.github.ift4j.jlama.decoder;

import java.util.Map;

/**
 * Weights by the names of a HuggingFace checkpoint, row-major, and the products with them.
 *
 * @param tensors numbers by name; they may be changed between calls
 */
record ReferenceWeights(Map<String, double[]> tensors) {
    boolean has(String name) {
        return tensors.containsKey(name);
    }

    double[] get(String name) {
        double[] tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        return tensor;
    }

    /** {@code W x + b}, the weight being [out, in]; the bias may be absent. */
    double[] linear(double[] x, String name) {
        double[] out = product(x, get(name + ".weight"));
        if (has(name + ".bias")) {
            add(out, get(name + ".bias"));
        }
        return out;
    }

    /** {@code W x}, the matrix being [out, in]. */
    static double[] product(double[] x, double[] matrix) {
        double[] out = new double[matrix.length / x.length];
        for (int row = 0; row < out.length; row++) {
            for (int i = 0; i < x.length; i++) {
                out[row] += matrix[row * x.length + i] * x[i];
            }
        }
        return out;
    }

    /** {@code x W + b}, the weight being [in, out], as GPT-2's Conv1D keeps it. */
    double[] conv1d(double[] x, String name) {
        double[] weight = get(name + ".weight");
        double[] out = get(name + ".bias").clone();
        for (int i = 0; i < x.length; i++) {
            for (int column = 0; column < out.length; column++) {
                out[column] += weight[i * out.length + column] * x[i];
            }
        }
        return out;
    }

    static void add(double[] to, double[] values) {
        for (int i = 0; i < to.length; i++) {
            to[i] += values[i];
        }
    }
}
