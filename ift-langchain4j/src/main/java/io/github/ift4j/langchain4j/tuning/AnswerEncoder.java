package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.data.TrainingRecord.Conversation;
import io.github.ift4j.core.data.TrainingRecord.Demonstration;
import java.util.List;

/**
 * Labels of a conversation only what the assistant said after the user's last message: what was said before has ratings of its
 * own, and may be bad.
 */
record AnswerEncoder(Encoder encoder) implements Encoder {
    @Override
    public Sequence encode(Demonstration record) {
        return encoder.encode(
                record instanceof Conversation conversation
                        ? new Conversation(
                                conversation.messages(),
                                conversation.tools(),
                                upToLastQuestion(conversation.messages()),
                                conversation.origin())
                        : record);
    }

    private static int upToLastQuestion(List<Message> messages) {
        int given = messages.size();
        while (given > 0 && !messages.get(given - 1).role().equals("user")) {
            given--;
        }
        return given;
    }
}
