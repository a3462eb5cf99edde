package io.github.ift4j.jlama.decoder;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The MLP of one layer: gated, gated with a fused matrix, plain, or a mixture of gated experts.
 *
 * @param name what the names of its tensors begin with, such as {@code model.layers.0.mlp}
 */
record ReferenceMlp(ReferenceConfig config, ReferenceWeights weights, String name) {

    double[] apply(double[] x) {
        return switch (config.modelType()) {
            case "gpt2" -> {
                double[] inner = weights.conv1d(x, name + ".c_fc");
                Arrays.setAll(inner, i -> activated(inner[i]));
                yield weights.conv1d(inner, name + ".c_proj");
            }
            case "phi3" -> {
                double[] both = weights.linear(x, name + ".gate_up_proj");
                double[] gate = Arrays.copyOfRange(both, 0, both.length / 2);
                double[] up = Arrays.copyOfRange(both, both.length / 2, both.length);
                yield weights.linear(gated(gate, up), name + ".down_proj");
            }
            case "mixtral" -> mixture(x);
            default -> expert(x, name + ".gate_proj", name + ".up_proj", name + ".down_proj");
        };
    }

    private double[] expert(double[] x, String gate, String up, String down) {
        return weights.linear(gated(weights.linear(x, gate), weights.linear(x, up)), down);
    }

    /** Softmax over all experts; the likeliest few answer, weighted by their shares of what these have together. */
    private double[] mixture(double[] x) {
        double[] router = weights.linear(x, name + ".gate");
        Arrays.setAll(router, i -> Math.exp(router[i]));
        List<Integer> chosen = IntStream.range(0, router.length)
                .boxed()
                .sorted(Comparator.comparing(i -> -router[i]))
                .limit(config.integer("num_experts_per_tok", 2))
                .toList();
        double sum = chosen.stream().mapToDouble(i -> router[i]).sum();
        double[] out = new double[x.length];
        for (int i : chosen) {
            String expert = name + ".experts." + i;
            double[] answer = expert(x, expert + ".w1", expert + ".w3", expert + ".w2");
            Arrays.setAll(out, j -> out[j] + router[i] / sum * answer[j]);
        }
        return out;
    }

    private double[] gated(double[] gate, double[] up) {
        double[] out = new double[gate.length];
        Arrays.setAll(out, i -> activated(gate[i]) * up[i]);
        return out;
    }

    private double activated(double x) {
        return switch (config.activation()) {
            case "silu" -> x / (1 + Math.exp(-x));
            case "gelu_new", "gelu_pytorch_tanh" ->
                0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            default -> throw new IllegalArgumentException("activation " + config.activation());
        };
    }
}
