package io.github.ift4j.jlama.text.tools;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.tools.ToolTemplate.CallStyle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Rewrites the calls and results of a conversation into what a template understands. */
final class CallMessages {
    /** The role that Granite 3.0 has for a message that is nothing but calls. */
    static final String CALL_ROLE = "assistant_tool_call";

    private static final int MISTRAL_ID_LENGTH = 9;

    private final ToolCallFormat format;
    private final CallStyle style;
    private final boolean severalCalls;
    private final Optional<String> resultRole;
    private final Map<String, String> ids = new HashMap<>();

    CallMessages(ToolCallFormat format, CallStyle style, boolean severalCalls, Optional<String> resultRole) {
        this.format = format;
        this.style = style;
        this.severalCalls = severalCalls;
        this.resultRole = resultRole;
    }

    List<Message> rewrite(List<Message> messages) {
        List<Message> result = new ArrayList<>();
        int i = 0;
        while (i < messages.size()) {
            Message message = messages.get(i++);
            List<Map<?, ?>> calls = calls(message);
            List<Message> answers = new ArrayList<>();
            while ((!calls.isEmpty() || isResult(message)) && i < messages.size() && isResult(messages.get(i))) {
                answers.add(messages.get(i++));
            }
            if (!calls.isEmpty()) {
                result.addAll(round(message, calls, answers));
            } else if (isResult(message)) {
                answers.addFirst(message);
                result.addAll(results(answers));
            } else {
                result.add(message);
            }
        }
        return result;
    }

    /** A message with calls, and the results that follow it. */
    private List<Message> round(Message message, List<Map<?, ?>> calls, List<Message> answers) {
        if (severalCalls || calls.size() == 1) {
            List<Message> round = new ArrayList<>(List.of(caller(message, calls)));
            round.addAll(results(answers));
            return round;
        }
        List<Message> round = new ArrayList<>();
        List<Message> left = new ArrayList<>(answers);
        for (int c = 0; c < calls.size(); c++) {
            Map<?, ?> call = calls.get(c);
            round.add(caller(c == 0 ? message : Message.of("assistant", ""), List.of(call)));
            left.stream()
                    .filter(answer -> Objects.equals(answer.fields().get("tool_call_id"), call.get("id")))
                    .findFirst()
                    .or(() -> left.stream().findFirst())
                    .ifPresent(answer -> {
                        left.remove(answer);
                        round.addAll(results(List.of(answer)));
                    });
        }
        round.addAll(results(left));
        return round;
    }

    private Message caller(Message message, List<Map<?, ?>> calls) {
        Map<String, Object> fields = new LinkedHashMap<>(message.fields());
        fields.remove("tool_calls");
        switch (style) {
            case OBJECT, STRING ->
                fields.put("tool_calls", calls.stream().map(this::call).toList());
            case ROLE -> {
                fields.put("role", CALL_ROLE);
                fields.put("content", calls.stream().map(this::written).collect(Collectors.joining(", ", "[", "]")));
            }
            case TEXT -> {
                String said = message.text();
                String written = calls.stream()
                        .map(this::written)
                        .collect(Collectors.joining(format.separator(), format.opening(), format.closing()));
                fields.put("content", said.isBlank() ? written : said + "\n" + written);
            }
        }
        return new Message(fields);
    }

    private Map<String, Object> call(Map<?, ?> call) {
        Map<?, ?> function = function(call);
        Object arguments = function.get("arguments");
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("name", function.get("name"));
        written.put("arguments", style == CallStyle.OBJECT ? ToolJson.object(arguments) : ToolJson.text(arguments));
        Map<String, Object> result = new LinkedHashMap<>();
        String id = id(call.get("id"));
        if (id != null) {
            result.put("id", id);
        }
        result.put("type", "function");
        result.put("function", written);
        return result;
    }

    private String written(Map<?, ?> call) {
        Map<?, ?> function = function(call);
        return format.callStart(Objects.toString(function.get("name"), ""))
                + ToolJson.text(function.get("arguments"))
                + format.callEnd();
    }

    private List<Message> results(List<Message> answers) {
        if (answers.isEmpty()) {
            return List.of();
        }
        if (resultRole.isEmpty()) {
            return List.of(Message.of(
                    "user", answers.stream().map(CallMessages::asText).collect(Collectors.joining("\n"))));
        }
        return answers.stream().map(this::result).toList();
    }

    private Message result(Message answer) {
        Map<String, Object> fields = new LinkedHashMap<>(answer.fields());
        fields.put("role", resultRole.orElseThrow());
        String id = id(fields.get("tool_call_id"));
        if (id != null) {
            fields.put("tool_call_id", id);
        }
        return new Message(fields);
    }

    private static String asText(Message answer) {
        Object name = answer.fields().get("name");
        return (name == null ? "Result: " : "Result of " + name + ": ") + answer.text();
    }

    /** Mistral's templates refuse ids of other providers. */
    private String id(Object id) {
        String given = (String) id;
        if (format != ToolCallFormat.MISTRAL || (given != null && given.length() == MISTRAL_ID_LENGTH)) {
            return given;
        }
        return ids.computeIfAbsent(Objects.toString(given, ""), other -> "call%05d".formatted(ids.size()));
    }

    /** Whether a message has calls or is the result of one. */
    static boolean isOfCall(Message message) {
        return isResult(message) || !calls(message).isEmpty();
    }

    private static boolean isResult(Message message) {
        return message.role().equals("tool");
    }

    private static List<Map<?, ?>> calls(Message message) {
        return message.fields().get("tool_calls") instanceof List<?> calls
                ? calls.stream().<Map<?, ?>>map(call -> (Map<?, ?>) call).toList()
                : List.of();
    }

    private static Map<?, ?> function(Map<?, ?> call) {
        return call.get("function") instanceof Map<?, ?> function ? function : call;
    }
}
