package io.github.ift4j.core.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Tells the shapes of data records apart by their fields and checks them. */
final class RecordShapes {

    /** Who speaks in ShareGPT's {@code conversations}. */
    private static final Map<String, String> SHAREGPT_ROLES = ImmutableMap.<String, String>builder()
            .put("human", "user")
            .put("user", "user")
            .put("gpt", "assistant")
            .put("assistant", "assistant")
            .put("chatgpt", "assistant")
            .put("model", "assistant")
            .put("system", "system")
            .put("tool", "tool")
            .put("observation", "tool")
            .put("function_response", "tool")
            .build();

    private final JsonNode node;
    private final String origin;

    private RecordShapes(JsonNode node, String origin) {
        this.node = node;
        this.origin = origin;
    }

    /**
     * One record of a data file.
     *
     * @param node any JSON value
     * @param origin {@code file:line}, for messages
     * @throws DataException when the value has none of the known shapes; the message names the field and the mend
     */
    static TrainingRecord parse(JsonNode node, String origin) {
        return new RecordShapes(node, origin).parse();
    }

    private TrainingRecord parse() {
        if (!node.isObject()) {
            throw problem("must be a JSON object, is " + ErrorText.kind(node));
        }
        if (node.has("chosen") || node.has("rejected")) {
            return preference();
        }
        if (node.path("label").isBoolean()) {
            return new TrainingRecord.Rating(
                    lastAnswerLearned(demonstration()), node.get("label").booleanValue(), origin);
        }
        return demonstration();
    }

    private TrainingRecord.Demonstration demonstration() {
        if (node.has("messages")) {
            return conversation();
        }
        if (node.has("conversations")) {
            return shareGpt();
        }
        if (node.has("input_ids") || node.has("labels")) {
            return tokens();
        }
        if (node.has("prompt") || node.has("completion")) {
            return new TrainingRecord.Completion(text("prompt"), text("completion"), origin);
        }
        if (node.has("instruction") || node.has("output")) {
            return instruction();
        }
        if (node.has("text")) {
            String text = text("text");
            if (text.isEmpty()) {
                throw problem("field 'text' is empty; remove the record");
            }
            return new TrainingRecord.Text(text, origin);
        }
        throw problem("has fields " + fieldNames()
                + "; expected 'messages', 'prompt' and 'completion', 'instruction' and 'output', 'text', "
                + "'input_ids' and 'labels', or 'conversations'");
    }

    /** Of a rated conversation only the last answer was rated; what came before is given. */
    private TrainingRecord.Demonstration lastAnswerLearned(TrainingRecord.Demonstration answer) {
        if (!(answer instanceof TrainingRecord.Conversation conversation)) {
            return answer;
        }
        List<Message> messages = conversation.messages();
        if (!messages.getLast().role().equals("assistant")) {
            throw problem("ends with a message of '"
                    + ErrorText.oneLine(messages.getLast().role())
                    + "'; a rating needs the answer of 'assistant' last");
        }
        return new TrainingRecord.Conversation(messages, conversation.tools(), messages.size() - 1, origin);
    }

    private TrainingRecord preference() {
        if (node.has("conversations")) {
            TrainingRecord.Conversation prompt = shareGpt();
            return answers(
                    prompt.messages(),
                    List.of(shareGptTurn("chosen")),
                    List.of(shareGptTurn("rejected")),
                    prompt.tools());
        }
        boolean plain = node.path("chosen").isTextual() && node.path("rejected").isTextual();
        if (plain && !node.path("prompt").isArray()) {
            String prompt = node.has("instruction") ? instructionPrompt() : text("prompt");
            return new TrainingRecord.Preference(
                    new TrainingRecord.Completion(prompt, text("chosen"), origin),
                    new TrainingRecord.Completion(prompt, text("rejected"), origin),
                    origin);
        }
        return answers(prompt(), answer("chosen"), answer("rejected"), tools());
    }

    /** The messages before the answers; empty where the answers hold the whole conversation. */
    private List<Message> prompt() {
        JsonNode prompt = node.path("prompt");
        if (prompt.isArray()) {
            return messages(prompt, "prompt");
        }
        return prompt.isMissingNode() ? List.of() : List.of(Message.of("user", text("prompt")));
    }

    private List<Message> answer(String name) {
        JsonNode answer = node.path(name);
        if (answer.isTextual()) {
            return List.of(Message.of("assistant", text(name)));
        }
        if (answer.isObject()) {
            return List.of(message(answer, name));
        }
        if (!answer.isArray() || answer.isEmpty()) {
            throw problem("field '" + name + "' must be a string, a message or a list of messages, is "
                    + (answer.isArray() ? "empty" : ErrorText.kind(answer)));
        }
        return messages(answer, name);
    }

    /** A pair of conversations that share their first messages, whether the answers repeat them or not. */
    private TrainingRecord answers(
            List<Message> prompt, List<Message> chosen, List<Message> rejected, List<Map<String, Object>> tools) {
        boolean whole = isQuestion(chosen.getFirst()) && isQuestion(rejected.getFirst());
        if (!whole && prompt.isEmpty()) {
            throw problem("field 'prompt' is missing; give it, or begin 'chosen' and 'rejected' with the question");
        }
        int given = whole ? sharedMessages(chosen, rejected) : prompt.size();
        return new TrainingRecord.Preference(
                conversation(whole ? List.of() : prompt, chosen, tools, given),
                conversation(whole ? List.of() : prompt, rejected, tools, given),
                origin);
    }

    private TrainingRecord.Conversation conversation(
            List<Message> prompt, List<Message> answer, List<Map<String, Object>> tools, int given) {
        List<Message> messages = new ArrayList<>(prompt);
        messages.addAll(answer);
        if (messages.subList(given, messages.size()).stream().noneMatch(RecordShapes::isAnswer)) {
            throw problem(
                    "an answer has no message of 'assistant' after the prompt; give one in 'chosen' and 'rejected'");
        }
        return new TrainingRecord.Conversation(messages, tools, given, origin);
    }

    private static boolean isAnswer(Message message) {
        return message.role().equals("assistant");
    }

    private static boolean isQuestion(Message message) {
        return !isAnswer(message) && !message.role().equals("tool");
    }

    /** How many of the first messages are the same, without the last answer where that is the same too. */
    private static int sharedMessages(List<Message> chosen, List<Message> rejected) {
        int shorter = Math.min(chosen.size(), rejected.size()) - 1;
        int shared = 0;
        while (shared < shorter && chosen.get(shared).equals(rejected.get(shared))) {
            shared++;
        }
        return shared;
    }

    private TrainingRecord.Conversation conversation() {
        return new TrainingRecord.Conversation(messages(list("messages", "message"), "messages"), tools(), origin);
    }

    private List<Message> messages(JsonNode list, String name) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : list) {
            messages.add(message(message, name + "[" + messages.size() + "]"));
        }
        return messages;
    }

    private Message message(JsonNode message, String path) {
        requireObject(message, path);
        requireText(message.path("role"), path + ".role");
        JsonNode content = message.path("content");
        if (!content.isMissingNode() && !content.isNull() && !content.isTextual() && !content.isArray()) {
            throw problem("field '" + path + ".content' must be a string, is " + ErrorText.kind(content));
        }
        return new Message(fields(message));
    }

    private List<Map<String, Object>> tools() {
        List<Map<String, Object>> tools = new ArrayList<>();
        if (node.hasNonNull("tools")) {
            JsonNode list = node.get("tools");
            if (!list.isArray()) {
                throw problem("field 'tools' must be an array of objects, is " + ErrorText.kind(list));
            }
            for (JsonNode tool : list) {
                requireObject(tool, "tools[" + tools.size() + "]");
                tools.add(fields(tool));
            }
        }
        return tools;
    }

    private TrainingRecord.Conversation shareGpt() {
        List<Message> messages = new ArrayList<>();
        if (node.hasNonNull("system") && !text("system").isEmpty()) {
            messages.add(Message.of("system", text("system")));
        }
        int index = 0;
        for (JsonNode turn : list("conversations", "turn")) {
            messages.add(shareGptTurn(turn, "conversations[" + index++ + "]"));
        }
        return new TrainingRecord.Conversation(messages, tools(), origin);
    }

    private Message shareGptTurn(String name) {
        return shareGptTurn(node.path(name), name);
    }

    private Message shareGptTurn(JsonNode turn, String path) {
        requireObject(turn, path);
        String from = requireText(turn.path("from"), path + ".from");
        String role = SHAREGPT_ROLES.get(from);
        if (role == null) {
            throw problem("field '" + path + ".from' is '" + ErrorText.oneLine(from) + "'; expected one of "
                    + String.join(", ", SHAREGPT_ROLES.keySet()));
        }
        return Message.of(role, requireText(turn.path("value"), path + ".value"));
    }

    private TrainingRecord.Demonstration instruction() {
        return new TrainingRecord.Completion(instructionPrompt(), text("output"), origin);
    }

    private String instructionPrompt() {
        String instruction = text("instruction");
        String input = node.hasNonNull("input") ? text("input") : "";
        return input.isEmpty() ? instruction : instruction + "\n" + input;
    }

    private TrainingRecord.Demonstration tokens() {
        int[] inputIds = integers("input_ids");
        int[] labels = integers("labels");
        if (inputIds.length != labels.length) {
            throw problem("field 'labels' has " + labels.length + " entries but 'input_ids' has " + inputIds.length
                    + "; give one label a token, " + Sequence.IGNORE + " where there is none");
        }
        if (inputIds.length == 0) {
            throw problem("field 'input_ids' is empty; remove the record");
        }
        for (int t = 0; t < labels.length; t++) {
            if (inputIds[t] < 0) {
                throw problem("field 'input_ids[" + t + "]' is " + inputIds[t] + "; a token id is 0 or more");
            }
            if (labels[t] < 0 && labels[t] != Sequence.IGNORE) {
                throw problem("field 'labels[" + t + "]' is " + labels[t] + "; a label is 0 or more, or "
                        + Sequence.IGNORE + " for none");
            }
        }
        return new TrainingRecord.Tokens(new Sequence(inputIds, labels), origin);
    }

    private int[] integers(String name) {
        JsonNode list = node.path(name);
        if (!list.isArray()) {
            throw problem("field '" + name + "' must be an array of integers, is " + ErrorText.kind(list));
        }
        int[] values = new int[list.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode value = list.get(i);
            if (!value.isIntegralNumber() || !value.canConvertToInt()) {
                throw problem("field '" + name + "[" + i + "]' must be an integer, is "
                        + (value.isNumber() ? ErrorText.oneLine(value.asText()) : ErrorText.kind(value)));
            }
            values[i] = value.intValue();
        }
        return values;
    }

    /** A list that is not empty. */
    private JsonNode list(String name, String entry) {
        JsonNode list = node.get(name);
        if (!list.isArray()) {
            throw problem("field '" + name + "' must be an array, is " + ErrorText.kind(list));
        }
        if (list.isEmpty()) {
            throw problem("field '" + name + "' is empty; give at least one " + entry + " or remove the record");
        }
        return list;
    }

    private String text(String name) {
        return requireText(node.path(name), name);
    }

    private String requireText(JsonNode value, String path) {
        if (!value.isTextual()) {
            throw problem(
                    value.isMissingNode()
                            ? "field '" + path + "' is missing; it must be a string"
                            : "field '" + path + "' must be a string, is " + ErrorText.kind(value));
        }
        requireWellFormed(value.textValue(), path);
        return value.textValue();
    }

    private void requireObject(JsonNode value, String path) {
        if (!value.isObject()) {
            throw problem("field '" + path + "' must be an object, is " + ErrorText.kind(value));
        }
        requireWellFormedStrings(value, path);
    }

    /** JSON escapes can spell half of a surrogate pair, which no tokenizer can take. */
    private void requireWellFormedStrings(JsonNode value, String path) {
        if (value.isTextual()) {
            requireWellFormed(value.textValue(), path);
        }
        value.properties().forEach(field -> {
            requireWellFormed(field.getKey(), path);
            requireWellFormedStrings(field.getValue(), path + "." + field.getKey());
        });
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                requireWellFormedStrings(value.get(i), path + "[" + i + "]");
            }
        }
    }

    private void requireWellFormed(String text, String path) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw problem("field '" + ErrorText.oneLine(path) + "' holds half of a surrogate pair (\\u"
                        + Integer.toHexString(c) + "), which is not text; remove it");
            }
        }
    }

    private static Map<String, Object> fields(JsonNode object) {
        Map<String, Object> fields = new LinkedHashMap<>();
        object.properties().forEach(field -> fields.put(field.getKey(), value(field.getValue())));
        return fields;
    }

    private static Object value(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> fields(node);
            case ARRAY -> {
                List<Object> values = new ArrayList<>();
                node.forEach(entry -> values.add(value(entry)));
                yield values;
            }
            case STRING -> node.textValue();
            case NUMBER -> node.numberValue();
            case BOOLEAN -> node.booleanValue();
            default -> null;
        };
    }

    private String fieldNames() {
        StringJoiner names = new StringJoiner(", ", "(", ")");
        node.fieldNames().forEachRemaining(names::add);
        return node.isEmpty() ? "(none)" : ErrorText.oneLine(names.toString());
    }

    private DataException problem(String what) {
        return new DataException(origin + ": " + what);
    }
}
