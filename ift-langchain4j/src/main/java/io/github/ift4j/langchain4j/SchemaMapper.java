package io.github.ift4j.langchain4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** LangChain4j's schema elements as a JSON-schema document, in the order in which they were given. */
final class SchemaMapper {
    private static final int MAX_DEPTH = 200;
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private SchemaMapper() {}

    /**
     * @throws InvalidRequestException when a raw schema is no JSON object or elements are nested too deeply
     * @throws UnsupportedFeatureException when an element is of a type that these models do not know
     */
    static Map<String, Object> toMap(JsonSchemaElement element) {
        return toMap(element, 0);
    }

    private static Map<String, Object> toMap(JsonSchemaElement element, int depth) {
        if (depth > MAX_DEPTH) {
            throw new InvalidRequestException("the JSON schema is nested more than " + MAX_DEPTH + " deep");
        }
        return switch (element) {
            case JsonObjectSchema object -> object(object, depth);
            case JsonArraySchema array -> array(array, depth);
            case JsonAnyOfSchema anyOf -> anyOf(anyOf, depth);
            case JsonEnumSchema choice -> {
                Map<String, Object> map = typed("string", choice.description());
                map.put("enum", choice.enumValues());
                yield map;
            }
            case JsonStringSchema string -> typed("string", string.description());
            case JsonIntegerSchema integer -> typed("integer", integer.description());
            case JsonNumberSchema number -> typed("number", number.description());
            case JsonBooleanSchema bool -> typed("boolean", bool.description());
            case JsonNullSchema none -> typed("null", none.description());
            case JsonReferenceSchema reference -> described("$ref", "#/$defs/" + reference.reference(), null);
            case JsonRawSchema raw -> raw(raw);
            default ->
                throw new UnsupportedFeatureException("schema elements of type "
                        + element.getClass().getSimpleName() + " are not supported by IFT models");
        };
    }

    private static Map<String, Object> object(JsonObjectSchema object, int depth) {
        Map<String, Object> map = typed("object", object.description());
        map.put("properties", all(object.properties(), depth));
        if (object.required() != null && !object.required().isEmpty()) {
            map.put("required", List.copyOf(object.required()));
        }
        if (object.additionalProperties() != null) {
            map.put("additionalProperties", object.additionalProperties());
        }
        if (object.definitions() != null && !object.definitions().isEmpty()) {
            map.put("$defs", all(object.definitions(), depth));
        }
        return map;
    }

    private static Map<String, Object> all(Map<String, JsonSchemaElement> elements, int depth) {
        Map<String, Object> maps = new LinkedHashMap<>();
        if (elements != null) {
            elements.forEach((name, element) -> maps.put(name, toMap(element, depth + 1)));
        }
        return maps;
    }

    private static Map<String, Object> array(JsonArraySchema array, int depth) {
        Map<String, Object> map = typed("array", array.description());
        if (array.items() != null) {
            map.put("items", toMap(array.items(), depth + 1));
        }
        return map;
    }

    private static Map<String, Object> anyOf(JsonAnyOfSchema anyOf, int depth) {
        List<Map<String, Object>> choices =
                anyOf.anyOf().stream().map(element -> toMap(element, depth + 1)).toList();
        return described("anyOf", choices, anyOf.description());
    }

    private static Map<String, Object> typed(String type, String description) {
        return described("type", type, description);
    }

    private static Map<String, Object> described(String key, Object value, String description) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(key, value);
        if (description != null) {
            map.put("description", description);
        }
        return map;
    }

    private static Map<String, Object> raw(JsonRawSchema raw) {
        try {
            JsonNode schema = JSON.readTree(raw.schema());
            if (!schema.isObject()) {
                throw new InvalidRequestException("a raw JSON schema must be a JSON object");
            }
            Map<String, Object> map = new LinkedHashMap<>();
            schema.properties()
                    .forEach(field -> map.put(field.getKey(), JSON.convertValue(field.getValue(), Object.class)));
            return map;
        } catch (JsonProcessingException e) {
            throw new InvalidRequestException("a raw JSON schema is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The schema as text. */
    static String toJson(Map<String, Object> schema) {
        try {
            return JSON.writeValueAsString(schema);
        } catch (JsonProcessingException e) {
            throw new InvalidRequestException("the JSON schema cannot be written: " + e.getOriginalMessage(), e);
        }
    }
}
