package io.github.ift4j.jlama.decoder;

import java.util.Map;

/**
 * The forward pass of a Llama decoder written out in float64, one position after the other, from its published definition: the
 * witness for what the golden models do not cover (biases, linear scaling, odd sizes).
 *
 * @param config the shape
 * @param weights numbers by checkpoint name, row-major
 */
record ReferenceLlama(DecoderConfig config, Map<String, double[]> weights) {

    /** Logits after each position, given the embedded inputs [positions][hidden]. */
    double[][] logits(double[][] embedded) {
        int length = embedded.length;
        double[][] x = new double[length][];
        for (int p = 0; p < length; p++) {
            x[p] = embedded[p].clone();
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "model.layers." + layer + ".";
            double[][] q = new double[length][];
            double[][] k = new double[length][];
            double[][] v = new double[length][];
            for (int p = 0; p < length; p++) {
                double[] n = norm(x[p], prefix + "input_layernorm.weight");
                q[p] = rotate(linear(n, prefix + "self_attn.q_proj"), p);
                k[p] = rotate(linear(n, prefix + "self_attn.k_proj"), p);
                v[p] = linear(n, prefix + "self_attn.v_proj");
            }
            for (int p = length - 1; p >= 0; p--) {
                add(x[p], linear(attend(q[p], k, v, p), prefix + "self_attn.o_proj"));
                double[] n = norm(x[p], prefix + "post_attention_layernorm.weight");
                double[] gate = linear(n, prefix + "mlp.gate_proj");
                double[] up = linear(n, prefix + "mlp.up_proj");
                for (int i = 0; i < gate.length; i++) {
                    gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
                }
                add(x[p], linear(gate, prefix + "mlp.down_proj"));
            }
        }
        double[][] logits = new double[length][];
        for (int p = 0; p < length; p++) {
            String head = config.tiedEmbeddings() ? "model.embed_tokens" : "lm_head";
            logits[p] = linear(norm(x[p], "model.norm.weight"), head);
        }
        return logits;
    }

    /** The embedding of a token. */
    double[] embed(int token) {
        double[] row = new double[config.hiddenSize()];
        System.arraycopy(weights.get("model.embed_tokens.weight"), token * row.length, row, 0, row.length);
        return row;
    }

    private double[] attend(double[] q, double[][] k, double[][] v, int position) {
        int dim = config.headDim();
        double[] out = new double[config.queryWidth()];
        for (int head = 0; head < config.heads(); head++) {
            int kvHead = head * config.kvHeads() / config.heads();
            double[] weight = new double[position + 1];
            double sum = 0;
            for (int p = 0; p <= position; p++) {
                double score = 0;
                for (int i = 0; i < dim; i++) {
                    score += q[head * dim + i] * k[p][kvHead * dim + i];
                }
                weight[p] = Math.exp(score / Math.sqrt(dim));
                sum += weight[p];
            }
            for (int p = 0; p <= position; p++) {
                for (int i = 0; i < dim; i++) {
                    out[head * dim + i] += weight[p] / sum * v[p][kvHead * dim + i];
                }
            }
        }
        return out;
    }

    private double[] rotate(double[] x, int position) {
        int half = config.headDim() / 2;
        for (int head = 0; head < x.length; head += 2 * half) {
            for (int i = 0; i < half; i++) {
                double frequency = config.ropeScaling().scale(Math.pow(config.ropeTheta(), -i / (double) half));
                double a = x[head + i];
                double b = x[head + half + i];
                double cos = Math.cos(position * frequency);
                double sin = Math.sin(position * frequency);
                x[head + i] = a * cos - b * sin;
                x[head + half + i] = b * cos + a * sin;
            }
        }
        return x;
    }

    private double[] norm(double[] x, String name) {
        double[] weight = weights.get(name);
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double scale = 1 / Math.sqrt(squares / x.length + config.normEpsilon());
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] * scale * weight[i];
        }
        return out;
    }

    private double[] linear(double[] x, String name) {
        double[] weight = weights.get(name + ".weight");
        double[] bias = weights.get(name + ".bias");
        double[] out = bias == null ? new double[weight.length / x.length] : bias.clone();
        for (int row = 0; row < out.length; row++) {
            for (int i = 0; i < x.length; i++) {
                out[row] += weight[row * x.length + i] * x[i];
            }
        }
        return out;
    }

    private static void add(double[] to, double[] values) {
        for (int i = 0; i < to.length; i++) {
            to[i] += values[i];
        }
    }
}
