package io.github.ift4j.jlama.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of a checkpoint and their shapes, by HuggingFace's names, as a config.json implies them. */
final class ModelShapes {
    private final ReferenceConfig config;
    private final Map<String, List<Integer>> shapes = new LinkedHashMap<>();

    private ModelShapes(ReferenceConfig config) {
        this.config = config;
    }

    static Map<String, List<Integer>> of(JsonNode config) {
        ModelShapes shapes = new ModelShapes(new ReferenceConfig(config));
        if (shapes.config.isGpt2()) {
            shapes.addGpt2();
        } else {
            shapes.addModel();
        }
        return shapes.shapes;
    }

    private void addModel() {
        int hidden = config.hidden();
        add("model.embed_tokens.weight", config.vocabulary(), hidden);
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "model.layers." + layer + ".";
            addAttention(prefix + "self_attn.");
            addMlp(prefix);
            add(prefix + "post_attention_layernorm.weight", hidden);
            if (!config.modelType().equals("olmo2")) {
                add(prefix + "input_layernorm.weight", hidden);
            }
            switch (config.modelType()) {
                case "gemma2", "gemma3_text" -> {
                    add(prefix + "pre_feedforward_layernorm.weight", hidden);
                    add(prefix + "post_feedforward_layernorm.weight", hidden);
                }
                case "olmo2" -> add(prefix + "post_feedforward_layernorm.weight", hidden);
                default -> {}
            }
        }
        add("model.norm.weight", hidden);
        addHead();
    }

    private void addHead() {
        if (!config.tiedEmbeddings()) {
            add("lm_head.weight", config.vocabulary(), config.hidden());
        }
    }

    private void addAttention(String prefix) {
        int hidden = config.hidden();
        int queries = config.heads() * config.headDim();
        int keys = config.kvHeads() * config.headDim();
        boolean bias = config.flag("attention_bias", false);
        boolean qkvBias = bias || config.modelType().equals("qwen2");
        if (config.modelType().equals("phi3")) {
            add(prefix + "qkv_proj.weight", queries + 2 * keys, hidden);
        } else {
            addLinear(prefix + "q_proj", queries, hidden, qkvBias);
            addLinear(prefix + "k_proj", keys, hidden, qkvBias);
            addLinear(prefix + "v_proj", keys, hidden, qkvBias);
        }
        addLinear(prefix + "o_proj", hidden, queries, bias);
        switch (config.modelType()) {
            case "qwen3", "gemma3_text" -> {
                add(prefix + "q_norm.weight", config.headDim());
                add(prefix + "k_norm.weight", config.headDim());
            }
            case "olmo2" -> {
                add(prefix + "q_norm.weight", queries);
                add(prefix + "k_norm.weight", keys);
            }
            default -> {}
        }
    }

    private void addMlp(String prefix) {
        int hidden = config.hidden();
        int inner = config.intermediate();
        boolean bias = config.flag("mlp_bias", false);
        switch (config.modelType()) {
            case "mixtral" -> {
                int experts = config.integer("num_local_experts", 8);
                add(prefix + "block_sparse_moe.gate.weight", experts, hidden);
                for (int i = 0; i < experts; i++) {
                    String expert = prefix + "block_sparse_moe.experts." + i + ".";
                    add(expert + "w1.weight", inner, hidden);
                    add(expert + "w2.weight", hidden, inner);
                    add(expert + "w3.weight", inner, hidden);
                }
            }
            case "phi3" -> {
                add(prefix + "mlp.gate_up_proj.weight", 2 * inner, hidden);
                add(prefix + "mlp.down_proj.weight", hidden, inner);
            }
            default -> {
                addLinear(prefix + "mlp.gate_proj", inner, hidden, bias);
                addLinear(prefix + "mlp.up_proj", inner, hidden, bias);
                addLinear(prefix + "mlp.down_proj", hidden, inner, bias);
            }
        }
    }

    private void addGpt2() {
        String architecture = config.json().path("architectures").path(0).asText("GPT2LMHeadModel");
        String prefix = architecture.equals("GPT2LMHeadModel") ? "transformer." : "";
        int hidden = config.hidden();
        add(prefix + "wte.weight", config.vocabulary(), hidden);
        add(prefix + "wpe.weight", config.maxPositions(), hidden);
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = prefix + "h." + layer + ".";
            addWithBias(block + "ln_1", hidden);
            addConv1d(block + "attn.c_attn", hidden, 3 * hidden);
            addConv1d(block + "attn.c_proj", hidden, hidden);
            addWithBias(block + "ln_2", hidden);
            addConv1d(block + "mlp.c_fc", hidden, config.intermediate());
            addConv1d(block + "mlp.c_proj", config.intermediate(), hidden);
        }
        addWithBias(prefix + "ln_f", hidden);
        addHead();
    }

    private void addWithBias(String name, int size) {
        add(name + ".weight", size);
        add(name + ".bias", size);
    }

    private void addConv1d(String name, int in, int out) {
        add(name + ".weight", in, out);
        add(name + ".bias", out);
    }

    private void addLinear(String name, int out, int in, boolean bias) {
        add(name + ".weight", out, in);
        if (bias) {
            add(name + ".bias", out);
        }
    }

    private void add(String name, Integer... shape) {
        shapes.put(name, List.of(shape));
    }
}
