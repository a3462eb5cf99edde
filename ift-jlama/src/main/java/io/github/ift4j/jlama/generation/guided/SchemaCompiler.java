package io.github.ift4j.jlama.generation.guided;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a grammar of a JSON schema (draft 2020-12 and what earlier drafts write differently). Each text of the grammar is an instance of
 * the schema; the grammar leaves out instances where the schema allows more than a writer needs: properties come in the schema's order,
 * undeclared ones only where {@code additionalProperties} describes them, numbers with bounds have no exponent.
 */
final class SchemaCompiler {
    private static final int MOST_CHARS = 1 << 20;
    private static final int DEEPEST = 100;
    private static final int MOST_SCHEMAS = 20_000;
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final SchemaReader reader;
    private final Map<String, Parts.Rule> rules = new HashMap<>();
    private final Deque<Parts.Rule> open = new ArrayDeque<>();
    private int depth;
    private int schemas;

    private SchemaCompiler(JsonNode root) {
        this.reader = new SchemaReader(root);
    }

    /** @throws IllegalArgumentException when the schema is broken or cannot be enforced; the message names the place and the keyword */
    static Grammar compile(String schema) {
        if (schema.length() > MOST_CHARS) {
            throw new IllegalArgumentException("a JSON schema of " + schema.length() + " chars is too long; at most "
                    + MOST_CHARS + " are possible");
        }
        JsonNode root;
        try {
            root = MAPPER.readTree(schema);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the JSON schema is not JSON: " + e.getOriginalMessage(), e);
        }
        return new SchemaCompiler(root).grammar(root);
    }

    private Grammar grammar(JsonNode root) {
        Grammar grammar = value(root, new SchemaPlace("#"));
        while (!open.isEmpty()) {
            Parts.Rule rule = open.remove();
            SchemaPlace place = new SchemaPlace(rule.name());
            rule.define(value(reader.target(rule.name(), place), place));
        }
        return grammar;
    }

    /** The values of a schema. */
    private Grammar value(JsonNode schema, SchemaPlace place) {
        if (++depth > DEEPEST) {
            throw place.error("schemas are nested or refer to each other more than " + DEEPEST + " deep");
        }
        if (++schemas > MOST_SCHEMAS) {
            throw place.error("the schema is too large: it unfolds to more than " + MOST_SCHEMAS + " schemas");
        }
        Grammar grammar = unguarded(schema, place);
        depth--;
        return grammar;
    }

    private Grammar unguarded(JsonNode schema, SchemaPlace place) {
        if (schema.isBoolean()) {
            if (schema.booleanValue()) {
                return JsonText.VALUE;
            }
            throw place.error("no value fits the schema 'false'");
        }
        if (!schema.isObject()) {
            throw place.error("a schema must be an object or a boolean");
        }
        ObjectNode own = (ObjectNode) schema;
        Optional<String> reference = reader.soleReference(own, place);
        if (reference.isPresent()) {
            return reference(reference.get(), place);
        }
        ObjectNode merged = reader.merged(own, place);
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (merged.has(keyword)) {
                return branches(merged, keyword, place);
            }
        }
        SchemaKeywords.check(merged, place);
        if (SchemaKeywords.isFree(merged)) {
            return JsonText.VALUE;
        }
        if (merged.has("const") || merged.has("enum")) {
            return constants(merged, place);
        }
        return Grammar.anyOf(SchemaKeywords.types(merged, place).stream()
                .map(type -> ofType(type, merged, place))
                .toList());
    }

    private static Grammar constants(ObjectNode schema, SchemaPlace place) {
        List<byte[]> texts = SchemaReader.constants(schema, place).stream()
                .map(value -> value.toString().getBytes(StandardCharsets.UTF_8))
                .toList();
        try {
            return new Parts.Automaton(Dfa.ofTexts(texts));
        } catch (IllegalArgumentException e) {
            throw place.at("enum").error(texts.size() + " values are too many: " + e.getMessage());
        }
    }

    /** The rule is defined later, so that references may go round in circles. */
    private Grammar reference(String pointer, SchemaPlace place) {
        reader.target(pointer, place);
        return new Parts.Reference(rules.computeIfAbsent(pointer, name -> {
            Parts.Rule rule = new Parts.Rule(name);
            open.add(rule);
            return rule;
        }));
    }

    private Grammar branches(ObjectNode merged, String keyword, SchemaPlace place) {
        JsonNode list = merged.get(keyword);
        if (!list.isArray() || list.isEmpty()) {
            throw place.at(keyword).error("must be a list of schemas");
        }
        ObjectNode common = SchemaReader.copy(merged);
        common.remove(keyword);
        boolean alone = SchemaKeywords.isFree(common) && !common.has("anyOf") && !common.has("oneOf");
        if (keyword.equals("oneOf")) {
            reader.checkDisjoint(list, place.at(keyword));
        }
        List<Grammar> alternatives = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            SchemaPlace at = place.at(keyword).at(i);
            alternatives.add(value(alone ? list.get(i) : reader.both(common, list.get(i), at), at));
        }
        return Grammar.anyOf(alternatives);
    }

    private Grammar ofType(String type, ObjectNode schema, SchemaPlace place) {
        return switch (type) {
            case "null" -> JsonText.NULL;
            case "boolean" -> JsonText.BOOLEAN;
            case "string" -> SchemaStrings.of(schema, place);
            case "integer" -> SchemaNumbers.of(schema, true, place);
            case "number" -> SchemaNumbers.of(schema, false, place);
            case "array" -> array(schema, place);
            case "object" -> object(schema, place);
            default -> throw place.at("type").error("'" + type + "' is no type of JSON");
        };
    }

    private Grammar array(ObjectNode schema, SchemaPlace place) {
        boolean listed = schema.path("items").isArray();
        String firstKeyword = listed ? "items" : "prefixItems";
        String restKeyword = listed ? "additionalItems" : "items";
        JsonNode first = schema.path(firstKeyword);
        JsonNode rest = schema.path(restKeyword);
        int least = SchemaKeywords.count(schema, "minItems", 0, place);
        int most = SchemaKeywords.count(schema, "maxItems", Grammar.UNBOUNDED, place);
        if (rest.isBoolean() && !rest.booleanValue()) {
            most = Math.min(most, first.size());
        }
        if (least > most) {
            throw place.error("minItems " + least + " is more than the " + most + " items that there may be");
        }
        if (schema.path("uniqueItems").asBoolean() && most > 1) {
            throw place.at("uniqueItems").error("cannot be enforced where there may be more than one item");
        }
        List<Grammar> items = new ArrayList<>();
        for (int i = 0; i < Math.min(first.size(), most); i++) {
            items.add(value(first.get(i), place.at(firstKeyword).at(i)));
        }
        int after = most == Grammar.UNBOUNDED ? most : most - items.size();
        Grammar item =
                after == 0 ? JsonText.NULL : rest.isMissingNode() ? JsonText.VALUE : value(rest, place.at(restKeyword));
        return JsonText.array(items, item, least, most);
    }

    private Grammar object(ObjectNode schema, SchemaPlace place) {
        Map<String, JsonNode> properties = new LinkedHashMap<>();
        schema.path("properties").properties().forEach(each -> properties.put(each.getKey(), each.getValue()));
        Set<String> required = SchemaKeywords.required(schema, place);
        JsonNode others = schema.path("additionalProperties");
        for (String name : required) {
            if (!properties.containsKey(name)) {
                properties.put(name, others.isMissingNode() ? SchemaReader.ANYTHING : others);
            }
        }
        List<Parts.Member> members = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        properties.forEach((name, value) -> {
            names.add(name);
            boolean never = value.isBoolean() && !value.booleanValue();
            if (!never || required.contains(name)) {
                Grammar written = JsonText.member(
                        Grammar.literal(SchemaReader.quoted(name)),
                        value(value, place.at("properties").at(name)));
                members.add(new Parts.Member(written, required.contains(name)));
            }
        });
        int most = SchemaKeywords.count(schema, "maxProperties", Grammar.UNBOUNDED, place);
        SchemaKeywords.checkCounts(schema, members, place);
        Optional<Grammar> other = others(others, properties.isEmpty(), names, place);
        return JsonText.object(members, other, most == Grammar.UNBOUNDED ? most : most - members.size());
    }

    /** Members whose names the schema does not list. */
    private Optional<Grammar> others(JsonNode schema, boolean noneListed, Set<String> names, SchemaPlace place) {
        boolean described = schema.isObject();
        boolean anything = noneListed && (schema.isMissingNode() || schema.isBoolean() && schema.booleanValue());
        if (!described && !anything) {
            return Optional.empty();
        }
        Grammar value = anything ? JsonText.VALUE : value(schema, place.at("additionalProperties"));
        Dfa listed = Dfa.ofTexts(names.stream()
                .map(name -> SchemaReader.quoted(name).getBytes(StandardCharsets.UTF_8))
                .toList());
        // Names without escapes, so that a listed one cannot be written in another way.
        Dfa name = names.isEmpty() ? JsonText.STRING : JsonText.PLAIN_STRING.minus(listed);
        return Optional.of(JsonText.member(new Parts.Automaton(name), value));
    }
}
