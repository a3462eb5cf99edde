package io.github.ift4j.jlama.generation.guided;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which keywords of JSON schema there are, and what they may say. Others, and those that only describe, change nothing. */
final class SchemaKeywords {
    private static final Map<String, Set<String>> OF_TYPE = new LinkedHashMap<>();
    private static final Set<String> REFUSED = Set.of(
            "not",
            "if",
            "then",
            "else",
            "patternProperties",
            "propertyNames",
            "dependentRequired",
            "dependentSchemas",
            "dependencies",
            "contains",
            "minContains",
            "maxContains",
            "unevaluatedItems",
            "unevaluatedProperties",
            "$dynamicRef",
            "$recursiveRef");
    private static final Set<String> GENERAL =
            Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "nullable");

    static {
        OF_TYPE.put(
                "object", Set.of("properties", "required", "additionalProperties", "minProperties", "maxProperties"));
        OF_TYPE.put("array", Set.of("items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"));
        OF_TYPE.put("string", Set.of("minLength", "maxLength", "pattern", "format"));
        OF_TYPE.put("number", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"));
        OF_TYPE.put("integer", Set.of());
        OF_TYPE.put("boolean", Set.of());
        OF_TYPE.put("null", Set.of());
    }

    private SchemaKeywords() {}

    /** Refuses what cannot be enforced. */
    static void check(ObjectNode schema, SchemaPlace place) {
        for (String keyword : REFUSED) {
            if (schema.has(keyword)) {
                throw place.at(keyword).error("the keyword '" + keyword + "' cannot be enforced");
            }
        }
    }

    /** Whether a keyword restricts values. */
    static boolean restricts(String keyword) {
        return GENERAL.contains(keyword)
                || REFUSED.contains(keyword)
                || OF_TYPE.values().stream().anyMatch(keywords -> keywords.contains(keyword));
    }

    /** Whether a schema allows every value. */
    static boolean isFree(ObjectNode schema) {
        return schema.properties().stream().noneMatch(each -> restricts(each.getKey()));
    }

    /** The types that a schema allows; where it names none, those that its keywords are about, or all. */
    static List<String> types(ObjectNode schema, SchemaPlace place) {
        Set<String> types = new LinkedHashSet<>();
        JsonNode named = schema.path("type");
        for (JsonNode type : named.isArray() ? named : named.isMissingNode() ? List.<JsonNode>of() : List.of(named)) {
            if (!type.isTextual() || !OF_TYPE.containsKey(type.textValue())) {
                throw place.at("type").error(type + " is no type of JSON");
            }
            types.add(type.textValue());
        }
        if (named.isMissingNode()) {
            OF_TYPE.forEach((type, keywords) -> {
                if (keywords.stream().anyMatch(schema::has)) {
                    types.add(type);
                }
            });
            types.addAll(types.isEmpty() ? OF_TYPE.keySet() : Set.of());
        }
        if (schema.path("nullable").asBoolean()) {
            types.add("null");
        }
        if (types.contains("number")) {
            types.remove("integer");
        }
        if (types.isEmpty()) {
            throw place.at("type").error("no type is left");
        }
        return new ArrayList<>(types);
    }

    /** A number of things, at least 0. */
    static int count(ObjectNode schema, String keyword, int otherwise, SchemaPlace place) {
        JsonNode value = schema.path(keyword);
        if (value.isMissingNode()) {
            return otherwise;
        }
        BigDecimal count = value.isNumber() ? value.decimalValue() : BigDecimal.ONE.negate();
        if (count.signum() < 0
                || count.precision() - count.scale() > 20
                || count.stripTrailingZeros().scale() > 0) {
            throw place.at(keyword).error("must be a whole number of at least 0, was " + shown(value));
        }
        if (count.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) < 0) {
            return count.intValueExact();
        }
        if (otherwise == Grammar.UNBOUNDED) {
            return Grammar.UNBOUNDED;
        }
        throw place.at(keyword).error(shown(value) + " is more than an answer can hold");
    }

    /** The names of {@code required}. */
    static Set<String> required(ObjectNode schema, SchemaPlace place) {
        Set<String> names = new LinkedHashSet<>();
        JsonNode list = schema.path("required");
        // Draft 3 and some tools write a boolean into the property.
        for (JsonNode name : list.isArray() ? list : List.<JsonNode>of()) {
            if (!name.isTextual()) {
                throw place.at("required").error("must be a list of names, holds " + shown(name));
            }
            names.add(name.textValue());
        }
        return names;
    }

    /** Refuses numbers of properties that do not follow from which are required. */
    static void checkCounts(ObjectNode schema, List<Parts.Member> members, SchemaPlace place) {
        long required = members.stream().filter(Parts.Member::required).count();
        int least = count(schema, "minProperties", 0, place);
        if (least > required) {
            throw place.at("minProperties")
                    .error("cannot be enforced: " + least + " is more than the " + required
                            + " properties that are required");
        }
        int most = count(schema, "maxProperties", Grammar.UNBOUNDED, place);
        if (most < members.size()) {
            throw place.at("maxProperties")
                    .error("cannot be enforced: " + most + " is less than the " + members.size()
                            + " properties listed");
        }
    }

    /** A value as messages show it. */
    static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
