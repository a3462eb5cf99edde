package io.github.ift4j.jlama.text.tools;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads one call, a JSON object, char by char. Knows the name, and what there is of the arguments, as soon as they have come in this
 * order.
 */
final class CallScanner {
    /** What the object turned out to be. */
    enum State {
        OPEN,
        CLOSED,
        BROKEN
    }

    private static final int MAX_CHARS = 1 << 20;
    private static final int MAX_DEPTH = 256;
    private static final List<String> ARGUMENTS = List.of("arguments", "parameters");
    private static final Set<String> KEYS = Set.of("name", "arguments", "parameters", "function", "type", "id");
    private static final ObjectReader JSON = new ObjectMapper()
            .reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .forType(JsonNode.class);

    private final StringBuilder text = new StringBuilder();
    private final boolean strict;
    private int depth;
    private boolean foreign;
    private boolean inString;
    private boolean escaped;
    private int tokenStart;
    private boolean keyExpected;
    private String key = "";
    private String name;
    private int argumentsStart = -1;
    private int argumentsEnd = -1;
    private int taken;

    /**
     * An object with name and arguments.
     *
     * @param strict whether it is broken as soon as it has a member that calls do not have
     */
    CallScanner(boolean strict) {
        this.strict = strict;
    }

    /** An object that is the arguments of a known tool. */
    CallScanner(String name) {
        this.strict = false;
        this.name = name;
        this.argumentsStart = 0;
    }

    /** Takes the next char, the first of which is '{'. */
    State accept(char c) {
        text.append(c);
        if (text.length() > MAX_CHARS) {
            return State.BROKEN;
        }
        if (inString) {
            acceptInString(c);
            return foreign ? State.BROKEN : State.OPEN;
        }
        switch (c) {
            case '"' -> {
                inString = true;
                tokenStart = text.length() - 1;
            }
            case '{', '[' -> {
                if (depth == 1 && c == '{' && name != null && argumentsStart < 0 && ARGUMENTS.contains(key)) {
                    argumentsStart = text.length() - 1;
                }
                depth++;
                keyExpected = depth == 1;
            }
            case '}', ']' -> {
                depth--;
                if (depth == 1 && argumentsStart > 0 && argumentsEnd < 0) {
                    argumentsEnd = text.length();
                }
            }
            case ':' -> keyExpected = keyExpected && depth != 1;
            case ',' -> keyExpected = depth == 1;
            default -> {}
        }
        if (depth == 0) {
            argumentsEnd = argumentsStart == 0 ? text.length() : argumentsEnd;
            return State.CLOSED;
        }
        return depth > MAX_DEPTH ? State.BROKEN : State.OPEN;
    }

    private void acceptInString(char c) {
        if (escaped) {
            escaped = false;
        } else if (c == '\\') {
            escaped = true;
        } else if (c == '"') {
            inString = false;
            if (depth == 1) {
                endOfMemberString();
            }
        }
    }

    private void endOfMemberString() {
        String value =
                parse(text.substring(tokenStart)).map(JsonNode::textValue).orElse("");
        if (keyExpected) {
            key = value;
            foreign = strict && !KEYS.contains(key);
        } else if (key.equals("name") && name == null && !value.isBlank()) {
            name = value;
        }
    }

    /** The name, null as long as it is not known or arguments have come before it. */
    String streamedName() {
        return argumentsStart < 0 ? null : name;
    }

    /** What there is of the arguments and was not taken yet. Empty while that is only white space, or a brace that may close at once. */
    String takeArguments() {
        if (argumentsStart < 0) {
            return "";
        }
        int end = argumentsEnd < 0 ? text.length() : argumentsEnd;
        String part = text.substring(argumentsStart + taken, end);
        boolean hold = argumentsEnd < 0
                && (part.isBlank() || (taken == 0 && part.strip().equals("{")));
        if (hold) {
            return "";
        }
        taken += part.length();
        return part;
    }

    /** Name and arguments of a closed object, without an id; empty when it is no call. */
    Optional<ToolCall> call() {
        return parse(text.toString()).filter(JsonNode::isObject).flatMap(this::call);
    }

    private Optional<ToolCall> call(JsonNode object) {
        if (argumentsStart == 0) {
            return Optional.of(new ToolCall("", name, text.toString()));
        }
        JsonNode function = object.path("function").isObject() ? object.path("function") : object;
        JsonNode called = function.path("name");
        if (!called.isTextual() || called.textValue().isBlank()) {
            return Optional.empty();
        }
        if (argumentsStart > 0) {
            String arguments = text.substring(argumentsStart, argumentsEnd);
            boolean same = called.textValue().equals(name)
                    && function.path(key(function)).equals(parse(arguments).orElse(null));
            return same ? Optional.of(new ToolCall("", name, arguments)) : Optional.empty();
        }
        return arguments(function.path(key(function)))
                .map(arguments -> new ToolCall("", called.textValue(), arguments));
    }

    private static String key(JsonNode function) {
        return ARGUMENTS.stream().filter(function::has).findFirst().orElse(ARGUMENTS.getFirst());
    }

    /** Some models write the object into a string, or leave it out where there is nothing to say. */
    private static Optional<String> arguments(JsonNode value) {
        if (value.isMissingNode()
                || value.isNull()
                || (value.isTextual() && value.textValue().isBlank())) {
            return Optional.of("{}");
        }
        if (value.isTextual()) {
            return parse(value.textValue()).filter(JsonNode::isObject).map(object -> value.textValue());
        }
        return value.isObject() ? Optional.of(value.toString()) : Optional.empty();
    }

    private static Optional<JsonNode> parse(String json) {
        try {
            return Optional.ofNullable(JSON.readValue(json));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
