package io.github.ift4j.jlama.decoder;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Small models of every architecture made from a seed, in sizes that fit no vector, as HuggingFace folders. */
public final class RandomModels {
    static final List<String> MODEL_TYPES = List.of(
            "llama",
            "mistral",
            "mixtral",
            "qwen2",
            "qwen3",
            "gemma",
            "gemma2",
            "gemma3_text",
            "granite",
            "gpt2",
            "smollm3",
            "phi3",
            "olmo2");

    private RandomModels() {}

    /** {@link #MODEL_TYPES}, for parameters. */
    public static Stream<String> modelTypes() {
        return MODEL_TYPES.stream();
    }

    /** A valid config.json of that type; windows and trained lengths are shorter than a sequence of 32 tokens. */
    public static ObjectNode config(String modelType, Random random) {
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("model_type", modelType);
        config.put("vocab_size", 11 + random.nextInt(40));
        config.put("bos_token_id", 1).put("eos_token_id", 2).putNull("pad_token_id");
        if (modelType.equals("gpt2")) {
            putGpt2(config, random);
            return config;
        }
        putSizes(config, random);
        putTied(config, random);
        config.put("rms_norm_eps", random.nextBoolean() ? 1e-5 : 1e-6);
        config.put("hidden_act", modelType.startsWith("gemma") ? "gelu_pytorch_tanh" : "silu");
        switch (modelType) {
            case "llama", "smollm3", "granite" ->
                config.put("attention_bias", random.nextBoolean()).put("mlp_bias", random.nextBoolean());
            case "qwen3", "gemma", "gemma2", "gemma3_text", "olmo2" ->
                config.put("attention_bias", random.nextBoolean());
            default -> {}
        }
        putSpecial(config, random);
        RandomRope.put(config, random);
        return config;
    }

    private static void putSizes(ObjectNode config, Random random) {
        String modelType = config.path("model_type").asText();
        int kvHeads = 1 + random.nextInt(3);
        int heads = kvHeads * (1 + random.nextInt(3));
        int headDim = 2 * (2 + random.nextInt(5));
        // Mistral's and Mixtral's configuration classes know the field, but scaled rotation fails there without it.
        boolean hasHeadDim =
                List.of("qwen3", "mistral", "mixtral").contains(modelType) || modelType.startsWith("gemma");
        if (modelType.equals("phi3")) {
            headDim = 8 * (1 + random.nextInt(2));
        }
        boolean derived = modelType.equals("phi3") || !hasHeadDim && random.nextBoolean();
        config.put("hidden_size", derived ? heads * headDim : heads * (3 + random.nextInt(10)));
        if (!derived) {
            config.put("head_dim", headDim);
        }
        config.put("num_attention_heads", heads).put("num_key_value_heads", kvHeads);
        config.put("intermediate_size", 7 + random.nextInt(26));
        config.put("num_hidden_layers", 1 + random.nextInt(4));
    }

    /** Families that tie their embeddings by default leave the field out now and then. */
    private static void putTied(ObjectNode config, Random random) {
        String modelType = config.path("model_type").asText();
        boolean tiedByDefault = modelType.startsWith("gemma") || modelType.equals("smollm3");
        if (!tiedByDefault || random.nextBoolean()) {
            config.put("tie_word_embeddings", random.nextBoolean());
        }
    }

    private static void putSpecial(ObjectNode config, Random random) {
        int layers = config.path("num_hidden_layers").asInt();
        int window = 2 + random.nextInt(7);
        switch (config.path("model_type").asText()) {
            case "mistral", "phi3" -> putWindow(config, window, random);
            case "mixtral" -> {
                int experts = 2 + random.nextInt(4);
                config.put("num_local_experts", experts).put("num_experts_per_tok", 1 + random.nextInt(experts));
                putWindow(config, window, random);
            }
            case "qwen2", "qwen3" -> {
                config.put("use_sliding_window", random.nextBoolean()).put("sliding_window", window);
                config.put("max_window_layers", random.nextInt(layers + 1));
            }
            case "gemma2" -> {
                config.put("hidden_activation", "gelu_pytorch_tanh").put("sliding_window", window);
                config.put("query_pre_attn_scalar", 8 + random.nextInt(30));
                putCap(config, "attn_logit_softcapping", random);
                putCap(config, "final_logit_softcapping", random);
            }
            case "gemma3_text" -> {
                config.put("hidden_activation", "gelu_pytorch_tanh").put("sliding_window", window);
                config.put("query_pre_attn_scalar", 8 + random.nextInt(30));
                putCap(config, "final_logit_softcapping", random);
                if (random.nextBoolean()) {
                    config.put("sliding_window_pattern", 2 + random.nextInt(2));
                } else {
                    putLayerTypes(config, layers, random);
                }
            }
            case "granite" -> {
                config.put("embedding_multiplier", 0.5 + 3 * random.nextDouble());
                config.put("residual_multiplier", 0.2 + random.nextDouble());
                config.put("attention_multiplier", 0.05 + 0.5 * random.nextDouble());
                config.put("logits_scaling", 0.5 + 3 * random.nextDouble());
            }
            case "smollm3" -> {
                config.put("use_sliding_window", false).putNull("sliding_window");
                if (random.nextBoolean()) {
                    config.put("no_rope_layer_interval", 2 + random.nextInt(3));
                } else {
                    ArrayNode rotated = config.putArray("no_rope_layers");
                    for (int layer = 0; layer < layers; layer++) {
                        rotated.add(random.nextInt(2));
                    }
                }
            }
            default -> {}
        }
    }

    private static void putWindow(ObjectNode config, int window, Random random) {
        if (random.nextInt(4) == 0) {
            config.putNull("sliding_window");
        } else {
            config.put("sliding_window", window);
        }
    }

    private static void putCap(ObjectNode config, String name, Random random) {
        if (random.nextInt(4) == 0) {
            config.putNull(name);
        } else {
            config.put(name, 1 + 4 * random.nextDouble());
        }
    }

    private static void putLayerTypes(ObjectNode config, int layers, Random random) {
        ArrayNode types = config.putArray("layer_types");
        for (int layer = 0; layer < layers; layer++) {
            types.add(random.nextBoolean() ? "sliding_attention" : "full_attention");
        }
    }

    /** A checkpoint saved from the model without its head has names without a prefix. */
    private static void putGpt2(ObjectNode config, Random random) {
        int heads = 1 + random.nextInt(4);
        boolean prefixed = random.nextBoolean();
        config.putArray("architectures").add(prefixed ? "GPT2LMHeadModel" : "GPT2Model");
        config.put("n_embd", heads * (3 + random.nextInt(9))).put("n_head", heads);
        config.put("n_layer", 1 + random.nextInt(3)).put("n_positions", 32 + random.nextInt(9));
        if (random.nextBoolean()) {
            config.putNull("n_inner");
        } else {
            config.put("n_inner", 3 + random.nextInt(40));
        }
        config.put("activation_function", "gelu_new").put("layer_norm_epsilon", 1e-5);
        if (prefixed && random.nextInt(3) == 0) {
            config.put("tie_word_embeddings", false);
        }
    }

    /** Every tensor's shape, by HuggingFace's names. */
    static Map<String, List<Integer>> shapes(ObjectNode config) {
        return ModelShapes.of(config);
    }

    /**
     * Norms around one (around zero in Gemma, which adds the one), biases that matter, and matrices of a deviation that keeps
     * the logits moderate. What PyTorch computed for {@code golden/random-models.jsonl} holds for just these numbers.
     */
    public static Map<String, float[]> weights(ObjectNode config, Random random) {
        boolean isGemma = config.path("model_type").asText().startsWith("gemma");
        Map<String, float[]> weights = new LinkedHashMap<>();
        shapes(config).forEach((name, shape) -> {
            int size = shape.stream().reduce(1, Math::multiplyExact);
            boolean isNorm = shape.size() == 1 && name.endsWith(".weight");
            double centre = isNorm && !isGemma ? 1 : 0;
            double deviation = shape.size() == 1 ? 0.3 : Math.min(0.25, 1.5 / Math.sqrt(shape.getLast()));
            float[] values = new float[size];
            for (int i = 0; i < size; i++) {
                values[i] = (float) (centre + deviation * random.nextGaussian());
            }
            weights.put(name, values);
        });
        return weights;
    }

    /** The same numbers in float64. */
    static Map<String, double[]> inFloat64(Map<String, float[]> weights) {
        Map<String, double[]> wide = new LinkedHashMap<>();
        weights.forEach((name, values) -> {
            double[] numbers = new double[values.length];
            Arrays.setAll(numbers, i -> values[i]);
            wide.put(name, numbers);
        });
        return wide;
    }

    /** Tokens of a sequence of that length. */
    static int[] tokens(ObjectNode config, int length, Random random) {
        return random.ints(length, 0, config.path("vocab_size").asInt()).toArray();
    }

    /** Writes config.json and model.safetensors, byte by byte, without the code under test. */
    public static void write(Path folder, ObjectNode config, Map<String, float[]> weights) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Map<String, List<Integer>> shapes = shapes(config);
        ObjectNode header = json.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        int offset = 0;
        for (Map.Entry<String, float[]> tensor : weights.entrySet()) {
            int end = offset + tensor.getValue().length * Float.BYTES;
            ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", "F32");
            entry.set("shape", json.valueToTree(shapes.get(tensor.getKey())));
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        byte[] head = json.writeValueAsBytes(header);
        byte[] padded = Arrays.copyOf(head, Math.ceilDiv(head.length, Long.BYTES) * Long.BYTES);
        Arrays.fill(padded, head.length, padded.length, (byte) ' ');
        ByteBuffer file = ByteBuffer.allocate(Long.BYTES + padded.length + offset)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded.length)
                .put(padded);
        for (float[] values : weights.values()) {
            for (float value : values) {
                file.putFloat(value);
            }
        }
        Files.createDirectories(folder);
        Files.write(folder.resolve("config.json"), json.writeValueAsBytes(config));
        Files.write(folder.resolve("model.safetensors"), file.array());
    }
}
