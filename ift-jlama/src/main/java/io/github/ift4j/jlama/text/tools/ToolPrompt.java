package io.github.ift4j.jlama.text.tools;

import io.github.ift4j.core.data.Message;
import java.util.List;
import java.util.Map;

/**
 * What a chat template is given.
 *
 * @param messages the conversation in the template's own terms
 * @param tools what goes into its variable {@code tools}
 */
public record ToolPrompt(List<Message> messages, List<Map<String, Object>> tools) {
    public ToolPrompt {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }
}
