package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An adapter's folder as PEFT's documentation of its checkpoint format describes it, read without the code under test: keys
 * of {@code LoraConfig} only, the type {@code LORA}, and tensors in F32 named {@code base_model.model.}, the layer, and
 * {@code lora_A.weight}, {@code lora_B.weight} or {@code lora_magnitude_vector}.
 */
public record PublishedPeftReader(JsonNode config, Map<String, float[]> values, Map<String, List<Integer>> shapes) {
    /** The fields of {@code LoraConfig} and of what it extends, as of PEFT 0.9. */
    private static final Set<String> KEYS = Set.of(
            "alpha_pattern",
            "auto_mapping",
            "base_model_name_or_path",
            "bias",
            "fan_in_fan_out",
            "inference_mode",
            "init_lora_weights",
            "layer_replication",
            "layers_pattern",
            "layers_to_transform",
            "loftq_config",
            "lora_alpha",
            "lora_dropout",
            "megatron_config",
            "megatron_core",
            "modules_to_save",
            "peft_type",
            "r",
            "rank_pattern",
            "revision",
            "target_modules",
            "task_type",
            "use_dora",
            "use_rslora");

    /** Reads a folder; what PEFT would not read is an assertion error. */
    public static PublishedPeftReader read(Path folder) throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode config = json.readTree(folder.resolve("adapter_config.json").toFile());
        config.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                throw new AssertionError("LoraConfig has no field " + key);
            }
        });
        if (!config.path("peft_type").asText().equals("LORA")) {
            throw new AssertionError("peft_type " + config.path("peft_type"));
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("adapter_model.safetensors")))
                .order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = (int) bytes.getLong();
        byte[] header = new byte[headerLength];
        bytes.get(header);
        ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        Map<String, float[]> values = new TreeMap<>();
        Map<String, List<Integer>> shapes = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : json.readTree(header).properties()) {
            if (entry.getKey().equals("__metadata__")) {
                continue;
            }
            if (!entry.getKey()
                    .matches(
                            "base_model\\.model\\.[\\w.]+\\.(lora_A\\.weight|lora_B\\.weight|lora_magnitude_vector)")) {
                throw new AssertionError("PEFT knows no tensor " + entry.getKey());
            }
            if (!entry.getValue().get("dtype").asText().equals("F32")) {
                throw new AssertionError("not F32: " + entry);
            }
            List<Integer> shape = new ArrayList<>();
            entry.getValue().get("shape").forEach(dimension -> shape.add(dimension.intValue()));
            float[] floats = new float[shape.stream().reduce(1, Math::multiplyExact)];
            data.slice(entry.getValue().get("data_offsets").get(0).intValue(), floats.length * 4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(floats);
            values.put(entry.getKey(), floats);
            shapes.put(entry.getKey(), shape);
        }
        return new PublishedPeftReader(config, values, shapes);
    }
}
