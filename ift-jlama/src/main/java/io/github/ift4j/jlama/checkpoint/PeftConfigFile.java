package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * {@code adapter_config.json}, as PEFT's {@code LoraConfig} reads and writes it.
 *
 * @param file the file
 * @param json its content
 */
record PeftConfigFile(Path file, JsonNode json) {
    private static final String TYPE = "LORA";
    private static final String TASK = "CAUSAL_LM";
    private static final int DEFAULT_RANK = 8;
    private static final double DEFAULT_ALPHA = 8;

    /** Initialisations that leave the base as it is, so that the factors alone are the adapter. */
    private static final Set<String> HARMLESS_INITIALISATIONS = Set.of("gaussian", "eva", "orthogonal", "mica");

    /** Settings of PEFT that would change what the adapter computes or which layers it is for. */
    private static final List<String> UNSUPPORTED = List.of(
            "modules_to_save",
            "layer_replication",
            "trainable_token_indices",
            "target_parameters",
            "exclude_modules",
            "layers_to_transform",
            "layers_pattern",
            "lora_bias",
            "alora_invocation_tokens",
            "megatron_config",
            "use_qalora",
            "use_bdlora",
            "arrow_config",
            "kasa_config",
            "monteclora_config",
            "velora_config",
            "ensure_weight_tying");

    /** @throws CheckpointException as {@link PeftConfig#read} */
    static PeftConfig read(Path file) {
        if (Files.notExists(file)) {
            throw new CheckpointException(file.toAbsolutePath().getParent() + ": no " + PeftConfig.FILE
                    + " in it, so not an adapter's folder");
        }
        return new PeftConfigFile(file, JsonFiles.readObject(file)).config();
    }

    /** The content of a file that says this, its keys in PEFT's order. */
    static ObjectNode write(PeftConfig config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode alphas = json.putObject("alpha_pattern");
        config.alphaPattern().forEach((pattern, alpha) -> putNumber(alphas, pattern, alpha));
        json.putNull("auto_mapping");
        json.put("base_model_name_or_path", config.baseModel().orElse(null));
        json.put("bias", "none");
        json.put("fan_in_fan_out", config.fanInFanOut());
        json.put("inference_mode", true);
        json.put("init_lora_weights", true);
        json.putNull("layer_replication");
        json.putNull("layers_pattern");
        json.putNull("layers_to_transform");
        putNumber(json, "lora_alpha", config.alpha());
        json.put("lora_dropout", config.dropout());
        json.putNull("modules_to_save");
        json.put("peft_type", TYPE);
        json.put("r", config.rank());
        ObjectNode ranks = json.putObject("rank_pattern");
        config.rankPattern().forEach(ranks::put);
        json.putNull("revision");
        switch (config.targets()) {
            case PeftTargets.Named named -> named.names().forEach(json.putArray("target_modules")::add);
            case PeftTargets.Pattern pattern -> json.put("target_modules", pattern.expression());
            case PeftTargets.AllLinear _ -> json.put("target_modules", PeftTargets.ALL_LINEAR);
        }
        json.put("task_type", TASK);
        json.put("use_dora", config.useDora());
        json.put("use_rslora", config.useRslora());
        return json;
    }

    /** Whole numbers without a point, as PEFT declares them. */
    private static void putNumber(ObjectNode json, String key, double number) {
        if (number == Math.rint(number) && Math.abs(number) <= Integer.MAX_VALUE) {
            json.put(key, (int) number);
        } else {
            json.put(key, number);
        }
    }

    private PeftConfig config() {
        String type = text("peft_type").orElseThrow(() -> error("peft_type", "is missing"));
        check(type.equals(TYPE), "peft_type", Names.quote(type) + " is not supported; it must be " + TYPE);
        text("task_type")
                .ifPresent(task -> check(
                        task.equals(TASK), "task_type", Names.quote(task) + " is not supported; it must be " + TASK));
        text("bias")
                .ifPresent(bias ->
                        check(bias.equals("none"), "bias", Names.quote(bias) + " is not supported; it must be 'none'"));
        checkInitialisation();
        for (String key : UNSUPPORTED) {
            check(isOff(json.path(key)), key, "is not supported; it must be left out");
        }
        try {
            return new PeftConfig(
                    text("base_model_name_or_path"),
                    value("r", json.path("r"), this::whole).orElse(DEFAULT_RANK),
                    value("lora_alpha", json.path("lora_alpha"), this::number).orElse(DEFAULT_ALPHA),
                    value("lora_dropout", json.path("lora_dropout"), this::number)
                            .orElse(0.0),
                    targets(),
                    flag("fan_in_fan_out"),
                    flag("use_rslora"),
                    flag("use_dora"),
                    table("rank_pattern", this::whole),
                    table("alpha_pattern", this::number));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(file + ": " + e.getMessage(), e);
        }
    }

    private void checkInitialisation() {
        JsonNode value = json.path("init_lora_weights");
        check(
                isNull(value) || value.isBoolean() || HARMLESS_INITIALISATIONS.contains(value.asText()),
                "init_lora_weights",
                show(value) + " is not supported: it changes the base model; let PEFT save the adapter as plain LoRA");
    }

    private PeftTargets targets() {
        String key = "target_modules";
        JsonNode value = json.path(key);
        check(!isNull(value), key, "is missing");
        if (value.isTextual()) {
            String text = value.textValue();
            return text.equalsIgnoreCase(PeftTargets.ALL_LINEAR)
                    ? new PeftTargets.AllLinear()
                    : new PeftTargets.Pattern(text);
        }
        check(value.isArray(), key, "must be a string or an array of strings");
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode name : value) {
            check(name.isTextual(), key, "holds " + show(name) + ", which is not a string");
            names.add(name.textValue());
        }
        return new PeftTargets.Named(names);
    }

    private <V> Map<String, V> table(String key, Function<JsonNode, Optional<V>> reader) {
        JsonNode value = json.path(key);
        if (isNull(value)) {
            return Map.of();
        }
        check(value.isObject(), key, "must be an object");
        Map<String, V> table = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            String name = key + ": " + Names.quote(entry.getKey());
            table.put(
                    entry.getKey(),
                    value(name, entry.getValue(), reader).orElseThrow(() -> error(name, "must be a number")));
        }
        return table;
    }

    /** The value under a key, empty if there is none; the reader gives nothing for one of the wrong kind. */
    private <V> Optional<V> value(String key, JsonNode value, Function<JsonNode, Optional<V>> reader) {
        if (isNull(value)) {
            return Optional.empty();
        }
        Optional<V> read = reader.apply(value);
        check(read.isPresent(), key, "is not a number of the right kind: " + show(value));
        return read;
    }

    private Optional<Integer> whole(JsonNode value) {
        return value.isIntegralNumber() && value.canConvertToInt() ? Optional.of(value.intValue()) : Optional.empty();
    }

    private Optional<Double> number(JsonNode value) {
        return value.isNumber() ? Optional.of(value.doubleValue()) : Optional.empty();
    }

    private Optional<String> text(String key) {
        JsonNode value = json.path(key);
        if (isNull(value)) {
            return Optional.empty();
        }
        check(value.isTextual(), key, "must be a string, is " + show(value));
        return Optional.of(value.textValue());
    }

    private boolean flag(String key) {
        JsonNode value = json.path(key);
        check(isNull(value) || value.isBoolean(), key, "must be true or false, is " + show(value));
        return value.asBoolean();
    }

    private static boolean isNull(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    /** Whether a setting is as if it were not there. */
    private static boolean isOff(JsonNode value) {
        return isNull(value)
                || value.isBoolean() && !value.booleanValue()
                || value.isContainerNode() && value.isEmpty()
                || value.isTextual() && value.textValue().isEmpty();
    }

    private static String show(JsonNode value) {
        return value.isContainerNode()
                ? "an " + value.getNodeType().name().toLowerCase(Locale.ROOT)
                : Names.quote(value.asText());
    }

    private void check(boolean condition, String key, String problem) {
        if (!condition) {
            throw error(key, problem);
        }
    }

    private CheckpointException error(String key, String problem) {
        return new CheckpointException(file + ": " + key + " " + problem);
    }
}
