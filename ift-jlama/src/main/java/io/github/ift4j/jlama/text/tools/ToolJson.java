package io.github.ift4j.jlama.text.tools;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/** Values of templates to JSON and back. */
final class ToolJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ToolJson() {}

    static String write(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a JSON value: " + e.getOriginalMessage(), e);
        }
    }

    /** The arguments as JSON: a text stays what it is. */
    static String text(Object arguments) {
        if (arguments instanceof String text) {
            return text.isBlank() ? "{}" : text;
        }
        return arguments == null ? "{}" : write(arguments);
    }

    /** The arguments as a map; what is no JSON object stays the text it is. */
    static Object object(Object arguments) {
        if (!(arguments instanceof String)) {
            return arguments == null ? Map.of() : arguments;
        }
        try {
            return JSON.readValue(text(arguments), Map.class);
        } catch (JsonProcessingException e) {
            return arguments;
        }
    }
}
