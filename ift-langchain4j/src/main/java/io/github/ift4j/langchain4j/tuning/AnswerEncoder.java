package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.data.TrainingRecord;
import java.util.Arrays;
import java.util.List;

/**
 * Labels of a conversation only what the assistant said after the user's last message: what was said before has ratings of its
 * own, and may be bad.
 */
record AnswerEncoder(Encoder encoder) implements Encoder {
    @Override
    public Sequence encode(TrainingRecord record) {
        Sequence whole = encoder.encode(record);
        if (!(record instanceof TrainingRecord.Conversation conversation)) {
            return whole;
        }
        int[] labels = whole.labels().clone();
        int turns = turnsOfAnswer(conversation.messages());
        int t = labels.length - 1;
        for (int turn = 0; turn < turns; turn++) {
            while (t >= 0 && labels[t] == Sequence.IGNORE) {
                t--;
            }
            while (t >= 0 && labels[t] != Sequence.IGNORE) {
                t--;
            }
        }
        Arrays.fill(labels, 0, t + 1, Sequence.IGNORE);
        return new Sequence(whole.inputIds(), labels);
    }

    private static int turnsOfAnswer(List<Message> messages) {
        int turns = 0;
        for (Message message : messages.reversed()) {
            if (message.role().equals("user")) {
                break;
            }
            turns += message.role().equals("assistant") ? 1 : 0;
        }
        return turns;
    }
}
