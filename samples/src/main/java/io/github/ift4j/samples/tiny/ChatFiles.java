package io.github.ift4j.samples.tiny;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Chat examples as JSON lines, {@code {"messages": [...]}}, as {@code ift train --data} reads them. */
final class ChatFiles {
    /** What to tune on. */
    static final String TUNING = "tuning.jsonl";
    /** What to test on; each line also has its {@code kind} and {@code novelty}. */
    static final String TEST = "test.jsonl";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ChatFiles() {}

    /** One line an example. */
    static String lines(List<ChatExample> examples) {
        StringBuilder lines = new StringBuilder();
        for (ChatExample example : examples) {
            ObjectNode line = MAPPER.createObjectNode();
            ArrayNode messages = line.putArray("messages");
            messages.addObject().put("role", "user").put("content", example.question());
            messages.addObject().put("role", "assistant").put("content", example.answer());
            if (example.novelty() != ChatExample.Novelty.TUNED) {
                line.put("kind", example.kind().name())
                        .put("novelty", example.novelty().name());
            }
            try {
                lines.append(MAPPER.writeValueAsString(line)).append('\n');
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }
        return lines.toString();
    }
}
