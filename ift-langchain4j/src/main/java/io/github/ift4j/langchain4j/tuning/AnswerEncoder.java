package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.data.TrainingRecord.Conversation;
import io.github.ift4j.core.data.TrainingRecord.Demonstration;
import io.github.ift4j.jlama.text.tools.ToolPrompt;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Labels of a conversation only what the assistant said after the user's last message: what was said before has ratings of its
 * own, and may be bad. Tools, calls and results are written as the model reads them when it is asked.
 *
 * @param tools how the model takes them, if it has a chat template
 */
record AnswerEncoder(Encoder encoder, Optional<ToolTemplate> tools) implements Encoder {
    @Override
    public Sequence encode(Demonstration record) {
        return encoder.encode(record instanceof Conversation conversation ? answered(conversation) : record);
    }

    private Conversation answered(Conversation conversation) {
        List<Message> messages = conversation.messages();
        ToolPrompt all = written(tools, messages, conversation.tools());
        ToolPrompt given = written(tools, messages.subList(0, upToLastQuestion(messages)), conversation.tools());
        return new Conversation(all.messages(), all.tools(), given.messages().size(), conversation.origin());
    }

    /** A conversation as the model reads it. */
    static ToolPrompt written(
            Optional<ToolTemplate> template, List<Message> messages, List<Map<String, Object>> tools) {
        return template.map(known -> known.prompt(messages, tools)).orElseGet(() -> new ToolPrompt(messages, tools));
    }

    private static int upToLastQuestion(List<Message> messages) {
        int given = messages.size();
        while (given > 0 && !messages.get(given - 1).role().equals("user")) {
            given--;
        }
        return given;
    }
}
