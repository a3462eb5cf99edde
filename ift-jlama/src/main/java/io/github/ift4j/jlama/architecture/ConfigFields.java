package io.github.ift4j.jlama.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.util.ArrayList;
import java.util.List;

/**
 * Checked access to an object of config.json; a key that is null counts as missing.
 *
 * @param node the object
 * @param origin the file's path, for messages
 */
record ConfigFields(JsonNode node, String origin) {
    /** What is wrong with a key. */
    CheckpointException error(String key, String problem) {
        return new CheckpointException(origin + ": " + key + " " + problem);
    }

    void check(boolean condition, String key, String problem) {
        if (!condition) {
            throw error(key, problem);
        }
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** A nested object; null where there is none. */
    ConfigFields object(String key) {
        if (!has(key)) {
            return null;
        }
        check(node.path(key).isObject(), key, "must be an object");
        return new ConfigFields(node.path(key), origin);
    }

    String text(String key, String fallback) {
        if (!has(key)) {
            return fallback;
        }
        check(node.path(key).isTextual(), key, "must be a string");
        return node.path(key).textValue();
    }

    boolean flag(String key, boolean fallback) {
        if (!has(key)) {
            return fallback;
        }
        check(node.path(key).isBoolean(), key, "must be true or false");
        return node.path(key).booleanValue();
    }

    double number(String key, double fallback) {
        if (!has(key)) {
            return fallback;
        }
        check(node.path(key).isNumber(), key, "must be a number");
        double value = node.path(key).doubleValue();
        check(Double.isFinite(value), key, "must be finite, is " + value);
        return value;
    }

    double number(String key) {
        check(has(key), key, "is missing");
        return number(key, 0);
    }

    double positiveNumber(String key, double fallback) {
        double value = number(key, fallback);
        check(value > 0, key, "must be positive, is " + value);
        return value;
    }

    double atLeastOne(String key) {
        double value = number(key);
        check(value >= 1, key, "must be at least 1, is " + value);
        return value;
    }

    int positive(String key, int fallback) {
        return has(key) ? positive(key) : fallback;
    }

    int positive(String key) {
        check(has(key), key, "is missing");
        JsonNode value = node.path(key);
        check(
                value.canConvertToInt() && value.isIntegralNumber() && value.intValue() > 0,
                key,
                "must be a whole number of at least 1, is " + value);
        return value.intValue();
    }

    /** A list of numbers; null where there is none. */
    List<Double> numbers(String key) {
        if (!has(key)) {
            return null;
        }
        check(node.path(key).isArray(), key, "must be a list of numbers");
        List<Double> numbers = new ArrayList<>();
        for (JsonNode element : node.path(key)) {
            check(element.isNumber(), key, "must be a list of numbers, holds " + element);
            numbers.add(element.doubleValue());
        }
        return numbers;
    }

    /** A list of strings; null where there is none. */
    List<String> texts(String key) {
        if (!has(key)) {
            return null;
        }
        check(node.path(key).isArray(), key, "must be a list of strings");
        List<String> texts = new ArrayList<>();
        for (JsonNode element : node.path(key)) {
            check(element.isTextual(), key, "must be a list of strings, holds " + element);
            texts.add(element.textValue());
        }
        return texts;
    }

    /** The same object with a value where the key is missing. */
    ConfigFields orElse(String key, int value) {
        return has(key) ? this : new ConfigFields(copy().put(key, value), origin);
    }

    /** The same object with another value of a key. */
    ConfigFields with(String key, ConfigFields value) {
        return new ConfigFields(copy().set(key, value.node()), origin);
    }

    /** The same object without a key. */
    ConfigFields without(String key) {
        return has(key) ? new ConfigFields(copy().without(key), origin) : this;
    }

    private ObjectNode copy() {
        check(node.isObject(), "the file", "must hold a JSON object");
        return JsonNodeFactory.instance.objectNode().setAll((ObjectNode) node);
    }

    /** Refuses what the architecture can be configured to and is not computed here. */
    void require(String key, boolean value) {
        check(flag(key, value) == value, key, "must be " + value + ": the other setting is not supported");
    }
}
