package io.github.ift4j.jlama.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * The forward pass of every supported decoder, written out in float64 and plain loops from the published definitions
 * (HuggingFace's modelling code): the witness for what the golden models do not cover.
 */
final class ReferenceDecoder {
    private final ReferenceConfig config;
    private final ReferenceWeights weights;
    private final ReferenceNorms norms;
    private final String prefix;

    /**
     * @param config content of config.json
     * @param weights numbers by HuggingFace's names, row-major; not copied, so they may be changed between calls
     */
    ReferenceDecoder(JsonNode config, Map<String, double[]> weights) {
        this.config = new ReferenceConfig(config);
        this.weights = new ReferenceWeights(weights);
        norms = new ReferenceNorms(this.config, this.weights);
        String gpt2 = this.weights.has("transformer.wte.weight") ? "transformer." : "";
        prefix = this.config.isGpt2() ? gpt2 : "model.";
    }

    Map<String, double[]> weights() {
        return weights.tensors();
    }

    /** The token's row of the embedding table, as it is stored. */
    double[] embed(int token) {
        int hidden = config.hidden();
        double[] row = new double[hidden];
        System.arraycopy(weights.get(table()), token * hidden, row, 0, hidden);
        return row;
    }

    /** The embeddings of the tokens. */
    double[][] embed(int... tokens) {
        double[][] rows = new double[tokens.length][];
        for (int p = 0; p < tokens.length; p++) {
            rows[p] = embed(tokens[p]);
        }
        return rows;
    }

    /**
     * Logits [positions][vocabulary] after each position.
     *
     * @param embedded [positions][hidden], rows of the embedding table or mixtures of such rows; a scale of the embeddings and
     *     learned positions are applied here
     */
    double[][] logits(double[][] embedded) {
        double[] head = weights.get(config.tiedEmbeddings() ? table() : "lm_head.weight");
        double[][] logits = hiddenStates(embedded);
        for (int p = 0; p < logits.length; p++) {
            logits[p] = ReferenceWeights.product(logits[p], head);
            for (int token = 0; token < logits[p].length; token++) {
                logits[p][token] = config.logit(logits[p][token]);
            }
        }
        return logits;
    }

    /** Hidden states after the final norm, [positions][hidden], of what {@link #logits} takes. */
    double[][] hiddenStates(double[][] embedded) {
        double[][] x = new double[embedded.length][config.hidden()];
        for (int p = 0; p < x.length; p++) {
            addScaled(x[p], embedded[p], config.embeddingScale());
            if (config.isGpt2()) {
                double[] positions = weights.get(prefix + "wpe.weight");
                for (int i = 0; i < x[p].length; i++) {
                    x[p][i] += positions[p * x[p].length + i];
                }
            }
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            layer(x, layer);
        }
        for (int p = 0; p < x.length; p++) {
            x[p] = norms.apply(x[p], prefix + (config.isGpt2() ? "ln_f" : "norm"));
        }
        return x;
    }

    private String table() {
        return prefix + (config.isGpt2() ? "wte.weight" : "embed_tokens.weight");
    }

    /** Where an architecture has its norms: null means nowhere. */
    private record LayerNames(
            String beforeAttention,
            String attention,
            String afterAttention,
            String beforeMlp,
            String mlp,
            String afterMlp) {}

    private LayerNames names() {
        return switch (config.modelType()) {
            case "gpt2" -> new LayerNames("ln_1", "attn", null, "ln_2", "mlp", null);
            case "gemma2", "gemma3_text" ->
                new LayerNames(
                        "input_layernorm",
                        "self_attn",
                        "post_attention_layernorm",
                        "pre_feedforward_layernorm",
                        "mlp",
                        "post_feedforward_layernorm");
            case "olmo2" ->
                new LayerNames(
                        null, "self_attn", "post_attention_layernorm", null, "mlp", "post_feedforward_layernorm");
            case "mixtral" ->
                new LayerNames(
                        "input_layernorm", "self_attn", null, "post_attention_layernorm", "block_sparse_moe", null);
            case "llama", "mistral", "qwen2", "qwen3", "gemma", "granite", "smollm3", "phi3" ->
                new LayerNames("input_layernorm", "self_attn", null, "post_attention_layernorm", "mlp", null);
            default -> throw new IllegalArgumentException("model type " + config.modelType());
        };
    }

    private void layer(double[][] x, int index) {
        LayerNames names = names();
        String layer = prefix + (config.isGpt2() ? "h." : "layers.") + index + ".";
        double[][] normed = new double[x.length][];
        for (int p = 0; p < x.length; p++) {
            normed[p] = normed(x[p], layer, names.beforeAttention());
        }
        double[][] attended = new ReferenceAttention(config, weights, index, layer + names.attention()).apply(normed);
        ReferenceMlp mlp = new ReferenceMlp(config, weights, layer + names.mlp());
        for (int p = 0; p < x.length; p++) {
            addScaled(x[p], normed(attended[p], layer, names.afterAttention()), config.residualScale());
            double[] answer = mlp.apply(normed(x[p], layer, names.beforeMlp()));
            addScaled(x[p], normed(answer, layer, names.afterMlp()), config.residualScale());
        }
    }

    private double[] normed(double[] x, String layer, String norm) {
        return norm == null ? x : norms.apply(x, layer + norm);
    }

    private static void addScaled(double[] to, double[] values, double scale) {
        for (int i = 0; i < to.length; i++) {
            to[i] += scale * values[i];
        }
    }
}
