package io.github.ift4j.jlama.generation.guided;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds what references point to, and writes schemas that hold together as one. */
final class SchemaReader {
    /** The schema that every value fits. */
    static final JsonNode ANYTHING = BooleanNode.TRUE;

    private static final Set<String> GREATER_OF =
            Set.of("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum");
    private static final Set<String> LESSER_OF =
            Set.of("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum");
    private static final int MOST_MERGES = 10_000;

    private final JsonNode root;
    private int merges;

    SchemaReader(JsonNode root) {
        this.root = root;
    }

    /** A text as JSON writes it. */
    static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }

    /** Where a schema points to that says nothing else. */
    Optional<String> soleReference(ObjectNode schema, SchemaPlace place) {
        boolean alone = schema.has("$ref")
                && schema.properties().stream()
                        .noneMatch(each -> !each.getKey().equals("$ref") && SchemaKeywords.restricts(each.getKey()));
        return alone ? Optional.of(pointer(schema, place)) : Optional.empty();
    }

    private static String pointer(ObjectNode schema, SchemaPlace place) {
        JsonNode reference = schema.get("$ref");
        if (!reference.isTextual() || !reference.textValue().startsWith("#")) {
            throw place.at("$ref")
                    .error("only places in the same schema can be referred to (#/$defs/…), not "
                            + SchemaKeywords.shown(reference));
        }
        return reference.textValue();
    }

    /** The schema that a reference points to. */
    JsonNode target(String pointer, SchemaPlace place) {
        String path = URLDecoder.decode(pointer.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw place.at("$ref").error("anchors are not supported: " + pointer);
        }
        JsonNode target = root.at(JsonPointer.compile(path));
        if (target.isMissingNode()) {
            throw place.at("$ref").error("there is nothing at " + pointer);
        }
        return target;
    }

    /** A schema without {@code $ref} and {@code allOf} that says the same. */
    ObjectNode merged(ObjectNode schema, SchemaPlace place) {
        if (!schema.has("$ref") && !schema.has("allOf")) {
            return schema;
        }
        ObjectNode merged = copy(schema);
        merged.remove(List.of("$ref", "allOf"));
        if (schema.has("$ref")) {
            merged = both(merged, target(pointer(schema, place), place), place.at("$ref"));
        }
        JsonNode all = schema.path("allOf");
        for (int i = 0; i < all.size(); i++) {
            merged = both(merged, all.get(i), place.at("allOf").at(i));
        }
        return merged;
    }

    /** A copy that shares what the keywords say. */
    static ObjectNode copy(ObjectNode schema) {
        return JsonNodeFactory.instance.objectNode().setAll(schema);
    }

    /** A schema that says what both say. */
    ObjectNode both(ObjectNode first, JsonNode other, SchemaPlace place) {
        if (++merges > MOST_MERGES) {
            throw place.error("the schemas refer to each other without end, or too often");
        }
        if (other.isBoolean() && other.booleanValue()) {
            return first;
        }
        if (!other.isObject()) {
            throw place.error(other.isBoolean() ? "no value fits the schema 'false'" : "a schema must be an object");
        }
        ObjectNode second = merged((ObjectNode) other, place);
        if (listsItems(first) != listsItems(second) && (listsItems(first) ? second : first).has("items")) {
            // One speaks of all items, the other of those that it does not list.
            refuse("items", place);
        }
        ObjectNode result = copy(first);
        mergeProperties(result, first, second);
        second.properties().forEach(each -> {
            String keyword = each.getKey();
            JsonNode theirs = each.getValue();
            JsonNode ours = first.get(keyword);
            if (keyword.equals("properties") || keyword.equals("additionalProperties")) {
                return;
            }
            result.set(keyword, ours == null ? theirs : one(keyword, ours, theirs, place));
        });
        return result;
    }

    private static JsonNode one(String keyword, JsonNode ours, JsonNode theirs, SchemaPlace place) {
        if (ours.equals(theirs) || !SchemaKeywords.restricts(keyword)) {
            return ours;
        }
        if (ours.isNumber() && theirs.isNumber() && (GREATER_OF.contains(keyword) || LESSER_OF.contains(keyword))) {
            boolean greater = ours.decimalValue().compareTo(theirs.decimalValue()) >= 0;
            return greater == GREATER_OF.contains(keyword) ? ours : theirs;
        }
        return switch (keyword) {
            case "required" -> union(ours, theirs);
            case "type" -> types(ours, theirs);
            case "enum" -> common(ours, theirs);
            case "items" -> ours.isArray() || theirs.isArray() ? refuse(keyword, place) : allOf(ours, theirs);
            case "uniqueItems" -> BooleanNode.TRUE;
            case "nullable" -> BooleanNode.FALSE;
            default -> refuse(keyword, place);
        };
    }

    private static boolean listsItems(ObjectNode schema) {
        return schema.has("prefixItems") || schema.path("items").isArray();
    }

    private static JsonNode refuse(String keyword, SchemaPlace place) {
        throw place.at(keyword)
                .error("two schemas that both hold say different things by '" + keyword
                        + "', which cannot be enforced together");
    }

    private static ArrayNode list(Iterable<JsonNode> values) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        values.forEach(list::add);
        return list;
    }

    private static JsonNode union(JsonNode ours, JsonNode theirs) {
        Set<JsonNode> all = new LinkedHashSet<>();
        ours.forEach(all::add);
        theirs.forEach(all::add);
        return list(all);
    }

    private static JsonNode common(JsonNode ours, JsonNode theirs) {
        Set<JsonNode> allowed = new HashSet<>();
        theirs.forEach(allowed::add);
        List<JsonNode> common = new ArrayList<>();
        ours.forEach(value -> {
            if (allowed.contains(value)) {
                common.add(value);
            }
        });
        return list(common);
    }

    private static JsonNode types(JsonNode ours, JsonNode theirs) {
        Set<JsonNode> common = new LinkedHashSet<>();
        for (JsonNode mine : ours.isArray() ? ours : List.of(ours)) {
            for (JsonNode other : theirs.isArray() ? theirs : List.of(theirs)) {
                boolean narrower =
                        mine.asText().equals("integer") && other.asText().equals("number");
                boolean wider = mine.asText().equals("number") && other.asText().equals("integer");
                if (mine.equals(other) || narrower || wider) {
                    common.add(wider ? other : mine);
                }
            }
        }
        return list(common);
    }

    private static JsonNode allOf(JsonNode ours, JsonNode theirs) {
        ObjectNode both = JsonNodeFactory.instance.objectNode();
        both.putArray("allOf").add(ours).add(theirs);
        return both;
    }

    /** A property that only one of them lists has to fit what the other says of those that it does not list. */
    private static void mergeProperties(ObjectNode result, ObjectNode first, ObjectNode second) {
        if (!first.has("properties") && !second.has("properties") && !second.has("additionalProperties")) {
            return;
        }
        JsonNode ours = first.path("properties");
        JsonNode theirs = second.path("properties");
        ObjectNode properties = JsonNodeFactory.instance.objectNode();
        ours.properties()
                .forEach(each -> properties.set(
                        each.getKey(),
                        together(each.getValue(), theirs.get(each.getKey()), second.get("additionalProperties"))));
        theirs.properties().forEach(each -> {
            if (!ours.has(each.getKey())) {
                properties.set(each.getKey(), together(each.getValue(), null, first.get("additionalProperties")));
            }
        });
        if (!properties.isEmpty()) {
            result.set("properties", properties);
        }
        JsonNode others = together(first.path("additionalProperties"), second.get("additionalProperties"), null);
        if (!others.isMissingNode()) {
            result.set("additionalProperties", others);
        }
    }

    private static JsonNode together(JsonNode value, JsonNode listed, JsonNode unlisted) {
        JsonNode other = listed != null ? listed : unlisted;
        if (other == null || isTrue(other)) {
            return value;
        }
        if (value.isMissingNode() || isTrue(value)) {
            return other;
        }
        return isFalse(value) || isFalse(other) ? BooleanNode.FALSE : allOf(value, other);
    }

    private static boolean isTrue(JsonNode schema) {
        return schema.isBoolean() && schema.booleanValue();
    }

    private static boolean isFalse(JsonNode schema) {
        return schema.isBoolean() && !schema.booleanValue();
    }

    /** The values that {@code const} and {@code enum} leave. */
    static List<JsonNode> constants(ObjectNode schema, SchemaPlace place) {
        String keyword = schema.has("const") ? "const" : "enum";
        for (String other : schema.properties().stream().map(Map.Entry::getKey).toList()) {
            if (SchemaKeywords.restricts(other)
                    && !Set.of("const", "enum", "type", "nullable").contains(other)) {
                throw place.at(other).error("'" + other + "' beside '" + keyword + "' cannot be enforced");
            }
        }
        JsonNode list = schema.path("enum");
        if (schema.has("enum") && (!list.isArray() || list.isEmpty())) {
            throw place.at("enum").error("must be a list of at least one value");
        }
        List<JsonNode> values = new ArrayList<>();
        (schema.has("const") ? List.of(schema.get("const")) : list).forEach(values::add);
        if (schema.has("const") && schema.has("enum")) {
            values.retainAll(new HashSet<>(List.copyOf(elements(list))));
        }
        if (schema.has("type")) {
            List<String> types = SchemaKeywords.types(schema, place);
            values.removeIf(value -> types.stream().noneMatch(type -> isOf(value, type)));
        }
        if (values.isEmpty()) {
            throw place.at(keyword).error("no value is left of the type that it has to have");
        }
        return values;
    }

    private static List<JsonNode> elements(JsonNode list) {
        List<JsonNode> values = new ArrayList<>();
        list.forEach(values::add);
        return values;
    }

    private static boolean isOf(JsonNode value, String type) {
        return switch (type) {
            case "null" -> value.isNull();
            case "boolean" -> value.isBoolean();
            case "string" -> value.isTextual();
            case "number" -> value.isNumber();
            case "integer" ->
                value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
            case "array" -> value.isArray();
            default -> value.isObject();
        };
    }

    /** Refuses alternatives of which a value might fit two: only one may fit. */
    void checkDisjoint(JsonNode alternatives, SchemaPlace place) {
        List<ObjectNode> all = new ArrayList<>();
        for (JsonNode each : alternatives) {
            if (!each.isObject()) {
                throw place.error("the alternatives must be objects to be told from each other");
            }
            all.add(merged((ObjectNode) each, place));
        }
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!areDisjoint(all.get(j), all.get(i), place)) {
                    throw place.error("alternatives " + j + " and " + i + " are not told from each other by type, const"
                            + " or a required property with different constants, so that a value might fit both;"
                            + " use anyOf");
                }
            }
        }
    }

    private boolean areDisjoint(ObjectNode first, ObjectNode second, SchemaPlace place) {
        if (hasConstants(first) && hasConstants(second)) {
            List<JsonNode> values = constants(first, place);
            values.retainAll(constants(second, place));
            return values.isEmpty();
        }
        if (hasConstants(first) || hasConstants(second)) {
            ObjectNode typed = hasConstants(first) ? second : first;
            List<String> types = SchemaKeywords.types(typed, place);
            return typed.has("type")
                    && constants(typed == first ? second : first, place).stream()
                            .noneMatch(value -> types.stream().anyMatch(type -> isOf(value, type)));
        }
        if (first.has("type") && second.has("type")) {
            JsonNode types = types(first.get("type"), second.get("type"));
            if (types.isEmpty()) {
                return true;
            }
        }
        for (String name : SchemaKeywords.required(first, place)) {
            JsonNode ours = first.path("properties").path(name);
            JsonNode theirs = second.path("properties").path(name);
            boolean objects = first.path("type").asText().equals("object")
                    && second.path("type").asText().equals("object");
            if (objects
                    && SchemaKeywords.required(second, place).contains(name)
                    && ours instanceof ObjectNode mine
                    && theirs instanceof ObjectNode other
                    && hasConstants(mine)
                    && hasConstants(other)
                    && areDisjoint(mine, other, place)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasConstants(ObjectNode schema) {
        return schema.has("const") || schema.has("enum");
    }
}
