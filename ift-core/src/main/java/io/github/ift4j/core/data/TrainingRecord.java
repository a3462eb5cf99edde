package io.github.ift4j.core.data;

import java.util.List;
import java.util.Map;

/** One entry of a data file, before it is turned into tokens. */
public sealed interface TrainingRecord {
    /** Where it came from, as {@code file:line}, for messages. */
    String origin();

    /**
     * A conversation; what the assistant says is learned.
     *
     * @param messages in order
     * @param tools JSON objects that describe the tools on offer, empty when there are none
     */
    record Conversation(List<Message> messages, List<Map<String, Object>> tools, String origin)
            implements TrainingRecord {
        public Conversation {
            messages = List.copyOf(messages);
            tools = List.copyOf(tools);
        }
    }

    /** A prompt and the completion that is learned. */
    record Completion(String prompt, String completion, String origin) implements TrainingRecord {}

    /** Plain text, all of it learned. */
    record Text(String text, String origin) implements TrainingRecord {}

    /** Tokens with their labels. */
    record Tokens(Sequence sequence, String origin) implements TrainingRecord {}
}
