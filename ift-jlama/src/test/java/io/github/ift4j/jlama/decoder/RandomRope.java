package io.github.ift4j.jlama.decoder;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;

/**
 * Random rotary embeddings in a config.json, in the older form ({@code rope_theta}, {@code rope_scaling}) or the newer one
 * ({@code rope_parameters}); trained lengths are so short that scaling shows in sequences of 32 tokens.
 */
final class RandomRope {
    private static final List<String> ALL = List.of("default", "linear", "dynamic", "llama3", "yarn", "longrope");

    private final ObjectNode config;
    private final Random random;

    private RandomRope(ObjectNode config, Random random) {
        this.config = config;
        this.random = random;
    }

    /** Adds what the model type admits; the configuration has its sizes already. */
    static void put(ObjectNode config, Random random) {
        new RandomRope(config, random).put(config.path("model_type").asText());
    }

    private void put(String modelType) {
        config.put("max_position_embeddings", 64);
        double theta = theta();
        ObjectNode scaling = modelType.equals("phi3") ? phi3() : scaling(ALL.get(random.nextInt(ALL.size())));
        boolean isDefault = scaling.path("rope_type").asText().equals("default");
        if (modelType.equals("gemma3_text")) {
            putGemma3(scaling, isDefault);
        } else if (random.nextBoolean()) {
            config.set("rope_parameters", scaling.put("rope_theta", theta));
        } else {
            config.put("rope_theta", theta);
            if (isDefault) {
                config.putNull("rope_scaling");
            } else {
                config.set("rope_scaling", modelType.equals("phi3") || random.nextBoolean() ? older(scaling) : scaling);
            }
        }
    }

    /** Global layers are scaled, local ones never. */
    private void putGemma3(ObjectNode scaling, boolean isDefault) {
        if (random.nextBoolean()) {
            ObjectNode parameters = config.putObject("rope_parameters");
            parameters.set("full_attention", scaling.put("rope_theta", theta()));
            parameters
                    .putObject("sliding_attention")
                    .put("rope_type", "default")
                    .put("rope_theta", theta());
            return;
        }
        config.put("rope_theta", theta()).put("rope_local_base_freq", theta());
        if (isDefault) {
            config.putNull("rope_scaling");
        } else {
            config.set("rope_scaling", scaling);
        }
    }

    private double theta() {
        return List.of(10_000.0, 100.0, 500_000.0).get(random.nextInt(3));
    }

    /** {@code type} instead of {@code rope_type}, as older files have it. */
    private static ObjectNode older(ObjectNode scaling) {
        ObjectNode older = JsonNodeFactory.instance.objectNode();
        older.set("type", scaling.remove("rope_type"));
        return older.setAll(scaling);
    }

    private ObjectNode scaling(String type) {
        ObjectNode scaling = JsonNodeFactory.instance.objectNode().put("rope_type", type);
        int original = 4 + random.nextInt(13);
        double factor = 2 + 2 * random.nextInt(4);
        switch (type) {
            case "linear" -> scaling.put("factor", 1 + random.nextInt(12) / 4.0);
            case "dynamic" -> {
                scaling.put("factor", factor);
                config.put("max_position_embeddings", original);
            }
            case "llama3" -> {
                scaling.put("factor", factor).put("original_max_position_embeddings", original);
                scaling.put("low_freq_factor", 1.0).put("high_freq_factor", 2.0 + random.nextInt(3));
                config.put("max_position_embeddings", (int) (original * factor));
            }
            case "yarn" -> {
                scaling.put("factor", factor).put("original_max_position_embeddings", original);
                config.put("max_position_embeddings", (int) (original * factor));
                putYarnExtras(scaling);
            }
            case "longrope" ->
                putLongrope(scaling, config.path("head_dim").asInt(hiddenPerHead()) / 2, original, factor);
            default -> {}
        }
        return scaling;
    }

    private void putYarnExtras(ObjectNode scaling) {
        switch (random.nextInt(3)) {
            case 0 -> scaling.put("attention_factor", 0.5 + random.nextDouble());
            case 1 -> scaling.put("mscale", 0.5 + random.nextDouble()).put("mscale_all_dim", 0.25);
            default -> {}
        }
        if (random.nextBoolean()) {
            scaling.put("beta_fast", 1.5 + random.nextInt(3)).put("beta_slow", 0.05 + random.nextInt(3) / 4.0);
        }
        // Newer releases of HuggingFace look for this one beside Gemma 3's nested parameters, where it is not.
        if (random.nextBoolean() && !config.path("model_type").asText().equals("gemma3_text")) {
            scaling.put("truncate", random.nextBoolean());
        }
    }

    private void putLongrope(ObjectNode scaling, int pairs, int original, double factor) {
        config.put("max_position_embeddings", (int) (original * factor));
        ArrayNode shortFactor = scaling.putArray("short_factor");
        ArrayNode longFactor = scaling.putArray("long_factor");
        for (int i = 0; i < pairs; i++) {
            shortFactor.add(1 + random.nextInt(100) / 100.0);
            longFactor.add(1 + random.nextInt(400) / 100.0);
        }
        boolean isPhi3 = config.path("model_type").asText().equals("phi3");
        if (isPhi3) {
            config.put("original_max_position_embeddings", original);
            return;
        }
        scaling.put("original_max_position_embeddings", original);
        if (random.nextBoolean()) {
            scaling.put("factor", factor);
        }
        if (random.nextBoolean()) {
            scaling.put("attention_factor", 0.5 + random.nextDouble());
        }
    }

    private ObjectNode phi3() {
        double rotated = List.of(1.0, 0.5, 0.75).get(random.nextInt(3));
        int pairs = (int) (hiddenPerHead() * rotated) / 2;
        config.put("partial_rotary_factor", rotated);
        ObjectNode scaling = JsonNodeFactory.instance.objectNode();
        if (random.nextInt(3) == 0) {
            return scaling.put("rope_type", "default");
        }
        scaling.put("rope_type", "longrope");
        putLongrope(scaling, pairs, 4 + random.nextInt(13), 2 + 2 * random.nextInt(4));
        return scaling;
    }

    private int hiddenPerHead() {
        return config.path("hidden_size").asInt()
                / config.path("num_attention_heads").asInt();
    }
}
