package io.github.ift4j.core.data;

import com.google.common.base.Preconditions;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One message of a conversation, with every field that a chat template may look at.
 *
 * @param fields JSON values by name ({@code String, Number, Boolean, List, Map} or null); {@code role} is a string
 */
public record Message(Map<String, Object> fields) {
    public Message {
        Preconditions.checkArgument(
                fields.get("role") instanceof String, "a message needs a field 'role' that is a string");
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** A message of plain text. */
    public static Message of(String role, String content) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content);
        return new Message(fields);
    }

    /** The same, but for what it says. */
    public Message withContent(String content) {
        Map<String, Object> changed = new LinkedHashMap<>(fields);
        changed.put("content", content);
        return new Message(changed);
    }

    /** What it says; empty where it has no content. */
    public String text() {
        return Objects.toString(fields.get("content"), "");
    }

    /** Whether it says nothing and calls no tool. */
    boolean isEmpty() {
        boolean calls = fields.get("tool_calls") instanceof Collection<?> tools && !tools.isEmpty();
        return !calls
                && switch (fields.get("content")) {
                    case null -> true;
                    case String text -> text.isBlank();
                    case Collection<?> parts -> parts.isEmpty();
                    default -> false;
                };
    }

    /** {@code system}, {@code user}, {@code assistant}, {@code tool} or what else the template knows. */
    public String role() {
        return (String) fields.get("role");
    }
}
