package io.github.ift4j.jlama.generation;

import io.github.ift4j.core.data.Message;
import java.util.List;
import java.util.Map;

/** Writes a conversation as the text that the model was trained to continue. */
@FunctionalInterface
public interface PromptTemplate {
    /**
     * The prompt, up to where the assistant's answer begins.
     *
     * @param messages in order, at least one
     * @param tools JSON objects that describe the tools on offer, empty when there are none
     * @throws RuntimeException when the template refuses the conversation
     */
    String render(List<Message> messages, List<Map<String, Object>> tools);
}
