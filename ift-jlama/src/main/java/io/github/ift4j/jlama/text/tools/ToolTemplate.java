package io.github.ift4j.jlama.text.tools;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.text.ChatTemplate;
import io.github.ift4j.jlama.text.jinja.TemplateException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a chat template takes tools, calls and results, found by trying it with small conversations, so that any template works.
 *
 * <ul>
 *   <li>Tools go into the template's own variable {@code tools}. Where it ignores it, they are written into the system message, one JSON
 *       object a line, with the request to answer {@code {"name": …, "arguments": {…}}} to call one.
 *   <li>Calls go into {@code tool_calls}, their arguments as an object or as a string, whichever comes out as JSON; one call a message
 *       where the template refuses several. Where it ignores them they are written as the assistant's text.
 *   <li>Results have the role {@code tool}, or {@code tool_response}, or are written as the user's text.
 *   <li>A system message, and what is added to it, is written before the first user's text where the template refuses or ignores one.
 *   <li>Where the template demands that a user begins and that user and assistant take turns, and refuses a conversation, what comes
 *       before the first question is left out and neighbouring messages of one role become one.
 * </ul>
 *
 * <p>Immutable; any number of threads may use it.
 */
public final class ToolTemplate {
    /** Where calls go, see {@link CallMessages}. */
    enum CallStyle {
        OBJECT,
        STRING,
        ROLE,
        TEXT
    }

    private static final String NAME = "probe_tool";
    private static final String RESULT = "probe_result";
    private static final String SYSTEM = "probe_system";
    private static final List<String> ARGUMENTS =
            List.of("\"probe_key\": \"probe_value\"", "\"probe_key\":\"probe_value\"");
    static final Message QUESTION = Message.of("user", "Hi");
    private static final Map<String, Object> TOOL = Map.of(
            "type",
            "function",
            "function",
            Map.of(
                    "name",
                    NAME,
                    "description",
                    "d",
                    "parameters",
                    Map.of("type", "object", "properties", Map.of("a", Map.of("type", "string", "description", "d")))));

    private final ChatTemplate template;
    private final ToolCallFormat format;
    private final boolean readsTools;
    private final boolean readsSystem;
    private final CallStyle style;
    private final boolean severalCalls;
    private final Optional<String> resultRole;
    private final boolean ordersTurns;

    private ToolTemplate(ChatTemplate template) {
        this.template = template;
        this.format = ToolCallFormat.of(template);
        this.readsTools =
                render(List.of(QUESTION)).filter(text -> text.contains(NAME)).isPresent();
        this.readsSystem = render(List.of(Message.of("system", SYSTEM), QUESTION))
                .filter(text -> text.contains(SYSTEM))
                .isPresent();
        this.style = style();
        this.severalCalls = style == CallStyle.TEXT || style == CallStyle.ROLE || writesCalls(style, 2);
        this.resultRole = List.of("tool", "tool_response").stream()
                .filter(role -> namesRole(role) && writesResult(role))
                .findFirst();
        this.ordersTurns = TurnOrder.isDemanded(conversation -> accepts(new ToolPrompt(conversation, List.of())))
                || TurnOrder.isDemanded(conversation -> accepts(new ToolPrompt(conversation, List.of(TOOL))));
    }

    /** Tries the template. */
    public static ToolTemplate of(ChatTemplate template) {
        return new ToolTemplate(template);
    }

    /** How the model writes calls. */
    public ToolCallFormat format() {
        return format;
    }

    /** Whether a message may have several calls. */
    public boolean allowsSeveralCalls() {
        return severalCalls;
    }

    /**
     * What the template is to be given. A conversation that it refuses and that cannot be put in order comes back out of order, for the
     * template to say what is wrong.
     *
     * @param messages a conversation; calls are in {@code tool_calls} of the assistant's messages, with arguments as a map or as JSON,
     *     results have the role {@code tool}
     * @param tools JSON objects {@code {"type": "function", "function": {"name", "description", "parameters"}}}
     */
    public ToolPrompt prompt(List<Message> messages, List<Map<String, Object>> tools) {
        ToolPrompt prompt = write(messages, tools);
        if (!ordersTurns || accepts(prompt)) {
            return prompt;
        }
        return TurnOrder.repaired(messages, ordered -> write(ordered, tools))
                .filter(this::accepts)
                .findFirst()
                .orElse(prompt);
    }

    /** A conversation with its system message, calls and results as the template takes them, in the order that it has. */
    public List<Message> write(List<Message> messages) {
        List<Message> written = new CallMessages(format, style, severalCalls, resultRole).rewrite(messages);
        return readsSystem ? written : withoutSystem(written);
    }

    private List<Message> withoutSystem(List<Message> messages) {
        Map<Boolean, List<Message>> parts = messages.stream()
                .collect(Collectors.partitioningBy(message -> message.role().equals("system")));
        String text = parts.get(true).stream().map(Message::text).collect(Collectors.joining("\n\n"));
        return text.isBlank() ? parts.get(false) : instruct(parts.get(false), text);
    }

    private ToolPrompt write(List<Message> messages, List<Map<String, Object>> tools) {
        List<Message> written = write(messages);
        if (tools.isEmpty() || readsTools) {
            return new ToolPrompt(written, tools);
        }
        return new ToolPrompt(instruct(written, ToolInstruction.of(tools)), List.of());
    }

    /** The conversation with a text added to its system message, for whatever template. */
    public static List<Message> withInstruction(List<Message> messages, String text) {
        return ToolInstruction.add(messages, text, true);
    }

    /** The conversation with a text added to its system message, or before its first user's text where the template has none. */
    public List<Message> instruct(List<Message> messages, String text) {
        return ToolInstruction.add(messages, text, readsSystem);
    }

    private CallStyle style() {
        for (CallStyle candidate : List.of(CallStyle.OBJECT, CallStyle.STRING)) {
            if (writesCalls(candidate, 1)) {
                return candidate;
            }
        }
        return template.toolSource().contains(CallMessages.CALL_ROLE) ? CallStyle.ROLE : CallStyle.TEXT;
    }

    private boolean writesCalls(CallStyle candidate, int count) {
        String json = "{" + ARGUMENTS.getFirst() + "}";
        Object arguments = candidate == CallStyle.OBJECT ? Map.of("probe_key", "probe_value") : json;
        List<Map<String, Object>> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<String, Object> function = new LinkedHashMap<>();
            function.put("name", NAME);
            function.put("arguments", arguments);
            calls.add(Map.of("id", "call0000" + i, "type", "function", "function", function));
        }
        Map<String, Object> fields =
                new LinkedHashMap<>(Message.of("assistant", "").fields());
        fields.put("tool_calls", calls);
        return render(List.of(QUESTION, new Message(fields)))
                .filter(text -> ARGUMENTS.stream().anyMatch(text::contains))
                .isPresent();
    }

    /** A template that writes any role need not know this one. */
    private boolean namesRole(String role) {
        String source = template.toolSource();
        return source.contains("'" + role + "'") || source.contains("\"" + role + "\"");
    }

    private boolean writesResult(String role) {
        Map<String, Object> fields =
                new LinkedHashMap<>(Message.of(role, RESULT).fields());
        fields.put("tool_call_id", "call00000");
        fields.put("name", NAME);
        return render(List.of(QUESTION, Message.of("assistant", "x"), new Message(fields)))
                .filter(text -> text.contains(RESULT))
                .isPresent();
    }

    private Optional<String> render(List<Message> messages) {
        return render(new ToolPrompt(messages, List.of(TOOL)), false);
    }

    private boolean accepts(ToolPrompt prompt) {
        return render(prompt, true).isPresent();
    }

    private Optional<String> render(ToolPrompt prompt, boolean addGenerationPrompt) {
        try {
            return Optional.of(template.render(prompt.messages(), prompt.tools(), addGenerationPrompt)
                    .text());
        } catch (TemplateException e) {
            return Optional.empty();
        }
    }
}
