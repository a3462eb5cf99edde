package io.github.ift4j.jlama.text.tools;

import io.github.ift4j.core.data.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the model is told in plain words. */
final class ToolInstruction {
    private ToolInstruction() {}

    /** The tools on offer and how to call them, for models whose template has no place for tools. */
    static String of(List<Map<String, Object>> tools) {
        return tools.stream()
                .map(tool -> ToolJson.write(tool.getOrDefault("function", tool)))
                .collect(Collectors.joining(
                        "\n",
                        "You may call these tools, each a JSON object with a JSON schema of its parameters:\n",
                        "\n"
                                + "To call a tool, answer only {\"name\": <tool>, \"arguments\": {<parameters>}},"
                                + " one call a line."));
    }

    static List<Message> add(List<Message> messages, String text, boolean asSystem) {
        List<Message> result = new ArrayList<>(messages);
        for (int i = 0; i < result.size(); i++) {
            Message message = result.get(i);
            if (message.role().equals(asSystem ? "system" : "user")) {
                String content = message.text();
                result.set(i, message.withContent(asSystem ? joined(content, text) : joined(text, content)));
                return result;
            }
        }
        result.addFirst(Message.of(asSystem ? "system" : "user", text));
        return result;
    }

    /** Two texts with a blank line between them. */
    static String joined(String first, String second) {
        return first.isBlank() ? second : first + "\n\n" + second;
    }
}
