package io.github.ift4j.jlama.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

/**
 * What a config.json says of a decoder, with the defaults of HuggingFace's configuration classes where it says nothing.
 *
 * <p>It reads the file's own words, so that it shares no code, and no misunderstanding, with what it is the witness for.
 */
record ReferenceConfig(JsonNode json) {
    String modelType() {
        return json.path("model_type").asText();
    }

    boolean isGpt2() {
        return modelType().equals("gpt2");
    }

    /** Gemma, whose norms multiply by one plus their weight and whose embeddings are scaled. */
    boolean isGemma() {
        return modelType().startsWith("gemma");
    }

    int vocabulary() {
        return integer("vocab_size", 0);
    }

    int hidden() {
        return integer(isGpt2() ? "n_embd" : "hidden_size", 0);
    }

    int layers() {
        return integer(isGpt2() ? "n_layer" : "num_hidden_layers", 0);
    }

    int heads() {
        return integer(isGpt2() ? "n_head" : "num_attention_heads", 0);
    }

    int kvHeads() {
        return integer("num_key_value_heads", heads());
    }

    int headDim() {
        return isGpt2()
                ? hidden() / heads()
                : integer(
                        "head_dim",
                        switch (modelType()) {
                            case "qwen3" -> 128;
                            case "gemma", "gemma2", "gemma3_text" -> 256;
                            default -> hidden() / heads();
                        });
    }

    int intermediate() {
        return isGpt2() ? integer("n_inner", 4 * hidden()) : integer("intermediate_size", 0);
    }

    int maxPositions() {
        return integer(isGpt2() ? "n_positions" : "max_position_embeddings", 0);
    }

    double normEpsilon() {
        if (isGpt2()) {
            return number("layer_norm_epsilon", 1e-5);
        }
        return number(
                "rms_norm_eps",
                switch (modelType()) {
                    case "mixtral", "phi3", "olmo2" -> 1e-5;
                    default -> 1e-6;
                });
    }

    boolean tiedEmbeddings() {
        return flag(
                "tie_word_embeddings",
                switch (modelType()) {
                    case "gemma", "gemma2", "gemma3_text", "gpt2", "smollm3" -> true;
                    default -> false;
                });
    }

    /** The name of the activation; Gemma's first releases say "gelu" and mean its tanh approximation. */
    String activation() {
        return switch (modelType()) {
            case "gpt2" -> text("activation_function", "gelu_new");
            case "gemma" -> "gelu_pytorch_tanh";
            case "gemma2", "gemma3_text" -> text("hidden_activation", "gelu_pytorch_tanh");
            default -> text("hidden_act", "silu");
        };
    }

    /** What an embedded token is multiplied by before the first layer; Gemma keeps it in float32. */
    double embeddingScale() {
        if (isGemma()) {
            return (float) Math.sqrt(hidden());
        }
        return modelType().equals("granite") ? number("embedding_multiplier", 1) : 1;
    }

    /** What the output of each attention and each MLP is multiplied by before it is added. */
    double residualScale() {
        return modelType().equals("granite") ? number("residual_multiplier", 1) : 1;
    }

    /** What the scores of queries and keys are multiplied by. */
    double scoreScale(int layer) {
        return switch (modelType()) {
            case "granite" -> number("attention_multiplier", 1);
            case "gemma2", "gemma3_text" -> 1 / Math.sqrt(number("query_pre_attn_scalar", 256));
            case "gpt2" ->
                (flag("scale_attn_weights", true) ? 1 / Math.sqrt(headDim()) : 1)
                        / (flag("scale_attn_by_inverse_layer_idx", false) ? layer + 1 : 1);
            default -> 1 / Math.sqrt(headDim());
        };
    }

    /** Softly caps a score; only Gemma 2 does. */
    double cappedScore(double score) {
        return modelType().equals("gemma2") ? capped(score, "attn_logit_softcapping", 50) : score;
    }

    /** The logit that a product with the output head becomes. */
    double logit(double product) {
        return switch (modelType()) {
            case "granite" -> product / number("logits_scaling", 1);
            case "gemma2" -> capped(product, "final_logit_softcapping", 30);
            case "gemma3_text" -> capped(product, "final_logit_softcapping", Double.NaN);
            default -> product;
        };
    }

    /** How many positions a query of the layer sees, its own included. */
    int window(int layer) {
        boolean sliding = switch (modelType()) {
            case "mistral", "mixtral", "phi3" -> true;
            case "qwen2", "qwen3" ->
                flag("use_sliding_window", false) && isSliding(layer, layer >= integer("max_window_layers", 28));
            case "smollm3" -> flag("use_sliding_window", false) && isSliding(layer, !rotates(layer));
            case "gemma2" -> isSliding(layer, layer % 2 == 0);
            case "gemma3_text" -> isSliding(layer, (layer + 1) % integer("sliding_window_pattern", 6) != 0);
            default -> false;
        };
        boolean hasDefault = !modelType().equals("mixtral")
                && !modelType().equals("phi3")
                && !modelType().equals("smollm3");
        return !sliding || json.path("sliding_window").isNull()
                ? Integer.MAX_VALUE
                : json.path("sliding_window").asInt(hasDefault ? 4096 : Integer.MAX_VALUE);
    }

    private boolean isSliding(int layer, boolean otherwise) {
        JsonNode types = json.path("layer_types");
        return types.isArray() ? types.get(layer).asText().equals("sliding_attention") : otherwise;
    }

    /** Whether the layer turns its queries and keys by their position. */
    boolean rotates(int layer) {
        if (modelType().equals("smollm3")) {
            JsonNode layers = json.path("no_rope_layers");
            return layers.isArray()
                    ? layers.get(layer).asInt() != 0
                    : (layer + 1) % integer("no_rope_layer_interval", 4) != 0;
        }
        return !isGpt2();
    }

    /**
     * What the layer's rotary embedding is made from: the newer {@code rope_parameters} (which Gemma 3 nests by the kind of
     * layer) or the older {@code rope_scaling}, an empty node where there is neither.
     */
    JsonNode ropeParameters(int layer) {
        JsonNode newer = json.path("rope_parameters");
        JsonNode older = json.path("rope_scaling");
        if (!modelType().equals("gemma3_text")) {
            return older.isEmpty() ? newer : older;
        }
        boolean local = isLocal(layer);
        JsonNode nested = newer.path(local ? "sliding_attention" : "full_attention");
        return nested.isObject() ? nested : local ? MissingNode.getInstance() : older;
    }

    /** The base of the layer's rotary frequencies where {@link #ropeParameters} do not say it. */
    double ropeTheta(int layer) {
        return switch (modelType()) {
            case "gemma3_text" ->
                isLocal(layer) ? number("rope_local_base_freq", 10_000) : number("rope_theta", 1_000_000);
            case "mixtral" -> number("rope_theta", 1_000_000);
            case "smollm3" -> number("rope_theta", 2_000_000);
            default -> number("rope_theta", 10_000);
        };
    }

    private boolean isLocal(int layer) {
        return window(layer) < Integer.MAX_VALUE;
    }

    private double capped(double value, String name, double otherwise) {
        double cap = json.path(name).isNull() ? Double.NaN : json.path(name).asDouble(otherwise);
        return Double.isNaN(cap) ? value : cap * Math.tanh(value / cap);
    }

    boolean flag(String name, boolean otherwise) {
        return json.path(name).asBoolean(otherwise);
    }

    String text(String name, String otherwise) {
        return json.path(name).isTextual() ? json.path(name).asText() : otherwise;
    }

    int integer(String name, int otherwise) {
        return json.path(name).asInt(otherwise);
    }

    double number(String name, double otherwise) {
        return json.path(name).asDouble(otherwise);
    }
}
