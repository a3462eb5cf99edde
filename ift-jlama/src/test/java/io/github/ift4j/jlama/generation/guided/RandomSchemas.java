package io.github.ift4j.jlama.generation.guided;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Random;

/** Schemas of all supported keywords, each with an instance. */
final class RandomSchemas {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<String> NAMES =
            List.of("a", "id", "name", "größe", "a b", "x\"y", "漢", "long_property_name", "");
    private static final List<String> PATTERNS = List.of(
            "^[a-z]{2,4}$",
            "\\d",
            "^(foo|bar)+$",
            "^\\w+ \\w+$",
            "[A-Z]{2}-\\d{3}",
            "^\"?[^\\s]*\\\\$",
            "^$|^é",
            "a.b");
    private static final List<String> FORMATS =
            List.of("date", "time", "date-time", "uuid", "email", "ipv4", "hostname", "uri");
    private static final int DEEPEST = 3;

    private final Random random;
    private ObjectNode definitions;

    private RandomSchemas(long seed) {
        random = new Random(seed);
    }

    static String of(long seed) {
        return new RandomSchemas(seed).root().toString();
    }

    private JsonNode root() {
        definitions = MAPPER.createObjectNode();
        definitions.set("leaf", leaf());
        ObjectNode tree = definitions.putObject("tree").put("type", "object");
        tree.putObject("properties").set("value", leaf());
        ((ObjectNode) tree.get("properties"))
                .putObject("children")
                .put("type", "array")
                .putObject("items")
                .put("$ref", "#/$defs/tree");
        tree.putArray("required").add("value");
        ObjectNode schema = random.nextInt(4) == 0 ? schema(0) : object(0);
        schema.set("$defs", definitions);
        return schema;
    }

    private ObjectNode schema(int depth) {
        int kind = random.nextInt(depth >= DEEPEST ? 5 : 10);
        return switch (kind) {
            case 5, 6 -> object(depth);
            case 7 -> array(depth);
            case 8 -> anyOf(depth);
            case 9 -> allOf(depth);
            case 4 -> reference(random.nextBoolean() ? "leaf" : "tree");
            default -> leaf();
        };
    }

    private ObjectNode node() {
        return MAPPER.createObjectNode();
    }

    private ObjectNode reference(String name) {
        return node().put("$ref", "#/$defs/" + name);
    }

    private ObjectNode object(int depth) {
        ObjectNode object = node().put("type", "object").put("description", "an object");
        ObjectNode properties = object.putObject("properties");
        ArrayNode required = object.putArray("required");
        int count = random.nextInt(5);
        for (int i = 0; i < count; i++) {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            if (!properties.has(name)) {
                properties.set(name, schema(depth + 1));
                if (random.nextBoolean()) {
                    required.add(name);
                }
            }
        }
        switch (random.nextInt(4)) {
            case 0 -> object.put("additionalProperties", false);
            case 1 -> object.set("additionalProperties", leaf());
            case 2 -> object.put("minProperties", required.size()).put("maxProperties", properties.size() + 1);
            default -> object.put("additionalProperties", true);
        }
        return object;
    }

    private ObjectNode array(int depth) {
        ObjectNode array = node().put("type", "array");
        int least = random.nextInt(3);
        if (random.nextBoolean()) {
            array.put("minItems", least);
        }
        if (random.nextBoolean()) {
            array.put("maxItems", least + random.nextInt(3));
        }
        if (random.nextInt(3) == 0) {
            ArrayNode first = array.putArray("prefixItems");
            first.add(leaf()).add(schema(depth + 1));
            array.put("items", false).remove(List.of("minItems", "maxItems"));
            array.put("minItems", random.nextInt(3));
        } else {
            array.set("items", schema(depth + 1));
        }
        return array;
    }

    private ObjectNode anyOf(int depth) {
        ObjectNode any = node();
        if (random.nextInt(3) == 0) {
            any.putArray("oneOf")
                    .add(node().put("type", "null"))
                    .add(object(depth + 1))
                    .add(node().put("const", 7));
        } else {
            any.putArray("anyOf").add(schema(depth + 1)).add(leaf());
        }
        return any;
    }

    private ObjectNode allOf(int depth) {
        ObjectNode first = node().put("type", "object");
        first.putObject("properties").set("first", schema(depth + 1));
        ObjectNode second = node();
        second.putObject("properties").set("second", schema(depth + 1));
        second.putArray("required").add("second");
        ObjectNode all = node();
        all.putArray("allOf").add(first).add(second);
        return all;
    }

    private ObjectNode leaf() {
        return switch (random.nextInt(12)) {
            case 0 -> node().put("type", "boolean");
            case 1 -> node().put("type", "null");
            case 2 -> node().put("type", "integer");
            case 3 -> node().put("type", "number");
            case 4 -> bounded(node().put("type", "integer"), 0);
            case 5 -> bounded(node().put("type", "number"), 2);
            case 6 -> node().put("type", "string").put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
            case 7 -> node().put("type", "string").put("format", FORMATS.get(random.nextInt(FORMATS.size())));
            case 8 -> counted(node().put("type", "string"));
            case 9 -> enumeration();
            case 10 -> {
                ObjectNode several = node();
                several.putArray("type").add("string").add("null").add("integer");
                yield several;
            }
            default -> node().put("type", "string");
        };
    }

    private ObjectNode bounded(ObjectNode schema, int scale) {
        BigDecimal least = BigDecimal.valueOf(random.nextInt(4_000) - 2_000, random.nextInt(scale + 1));
        BigDecimal most = least.add(BigDecimal.valueOf(2L + random.nextInt(3_000), random.nextInt(scale + 1)));
        if (random.nextInt(4) > 0) {
            schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", least);
        }
        if (random.nextInt(4) > 0) {
            schema.put(random.nextBoolean() ? "maximum" : "exclusiveMaximum", most);
        }
        if (scale == 0 && random.nextInt(4) == 0) {
            schema.removeAll().put("type", "integer").put("multipleOf", 1 + random.nextInt(20));
        }
        return schema;
    }

    private ObjectNode counted(ObjectNode schema) {
        int least = random.nextInt(8);
        schema.put("minLength", least);
        return random.nextBoolean() ? schema.put("maxLength", least + random.nextInt(8)) : schema;
    }

    private ObjectNode enumeration() {
        ObjectNode schema = node();
        ArrayNode values = schema.putArray("enum");
        values.add("red").add("rot\n").add(3).add(1.5).add(true).addNull();
        values.addObject().put("deep", "é");
        return schema;
    }
}
