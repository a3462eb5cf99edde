package io.github.ift4j.jlama.decoder;

import java.util.Arrays;

/**
 * Causal self-attention of one layer, one query after the other.
 *
 * @param name what the names of its tensors begin with, such as {@code model.layers.0.self_attn}
 */
record ReferenceAttention(ReferenceConfig config, ReferenceWeights weights, int layer, String name) {

    /** [positions][hidden] to [positions][hidden]. */
    double[][] apply(double[][] x) {
        int length = x.length;
        double[][] q = new double[length][];
        double[][] k = new double[length][];
        double[][] v = new double[length][];
        ReferenceRope rope = config.rotates(layer) ? new ReferenceRope(config, layer, length) : null;
        for (int p = 0; p < length; p++) {
            double[][] qkv = projected(x[p]);
            q[p] = normed(qkv[0], name + ".q_norm");
            k[p] = normed(qkv[1], name + ".k_norm");
            v[p] = qkv[2];
            if (rope != null) {
                rope.rotate(q[p], p);
                rope.rotate(k[p], p);
            }
        }
        double[][] out = new double[length][];
        for (int p = 0; p < length; p++) {
            double[] mixed = attended(q[p], k, v, p);
            out[p] =
                    config.isGpt2() ? weights.conv1d(mixed, name + ".c_proj") : weights.linear(mixed, name + ".o_proj");
        }
        return out;
    }

    /** Query, key and value, which some architectures compute with one matrix. */
    private double[][] projected(double[] x) {
        int queries = config.heads() * config.headDim();
        int keys = config.kvHeads() * config.headDim();
        return switch (config.modelType()) {
            case "gpt2" -> split(weights.conv1d(x, name + ".c_attn"), queries, queries);
            case "phi3" -> split(weights.linear(x, name + ".qkv_proj"), queries, keys);
            default ->
                new double[][] {
                    weights.linear(x, name + ".q_proj"),
                    weights.linear(x, name + ".k_proj"),
                    weights.linear(x, name + ".v_proj")
                };
        };
    }

    private static double[][] split(double[] qkv, int queries, int keys) {
        return new double[][] {
            Arrays.copyOfRange(qkv, 0, queries),
            Arrays.copyOfRange(qkv, queries, queries + keys),
            Arrays.copyOfRange(qkv, queries + keys, queries + 2 * keys)
        };
    }

    private double[] normed(double[] x, String norm) {
        ReferenceNorms norms = new ReferenceNorms(config, weights);
        return switch (config.modelType()) {
            case "qwen3", "gemma3_text" -> norms.applyToHeads(x, norm);
            case "olmo2" -> norms.apply(x, norm);
            default -> x;
        };
    }

    private double[] attended(double[] q, double[][] k, double[][] v, int position) {
        int dim = config.headDim();
        int first = Math.max(0, position - config.window(layer) + 1);
        double scale = config.scoreScale(layer);
        double[] out = new double[q.length];
        for (int head = 0; head < config.heads(); head++) {
            int from = head * dim;
            int kvFrom = head / (config.heads() / config.kvHeads()) * dim;
            double[] weight = new double[position + 1];
            double sum = 0;
            for (int p = first; p <= position; p++) {
                double score = 0;
                for (int i = 0; i < dim; i++) {
                    score += q[from + i] * k[p][kvFrom + i];
                }
                weight[p] = Math.exp(config.cappedScore(score * scale));
                sum += weight[p];
            }
            for (int p = first; p <= position; p++) {
                for (int i = 0; i < dim; i++) {
                    out[from + i] += weight[p] / sum * v[p][kvFrom + i];
                }
            }
        }
        return out;
    }
}
