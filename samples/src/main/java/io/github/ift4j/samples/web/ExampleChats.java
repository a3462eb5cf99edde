package io.github.ift4j.samples.web;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.langchain4j.recording.ConversationRecorder;
import io.github.ift4j.langchain4j.recording.Rating;
import io.github.ift4j.langchain4j.recording.Speaker;
import io.github.ift4j.samples.tiny.ChatExample;
import io.github.ift4j.samples.tiny.EmbeddedModel;
import java.util.ArrayList;
import java.util.List;

/**
 * Chats of three questions of the embedded data each, recorded as if a good model had had them and users had liked its answers: something to learn from for
 * those who try the tuner out.
 */
final class ExampleChats {
    static final String USER = "example";

    static final int COUNT = 720;
    private static final int TURNS = 3;

    private final ConversationRecorder recorder;
    private final Consents consents;

    ExampleChats(ConversationRecorder recorder, Consents consents) {
        this.recorder = recorder;
        this.consents = consents;
    }

    /** Records them, unless there is anything on record already. */
    void record() {
        if (!recorder.summaries().isEmpty()) {
            return;
        }
        consents.give(USER);
        List<ChatExample> examples = EmbeddedModel.chats().tuning();
        int count = Math.min(COUNT, examples.size());
        for (int begin = 0; begin < count; begin += TURNS) {
            recordChat("example-" + begin, examples.subList(begin, Math.min(count, begin + TURNS)));
            recorder.flush();
        }
        recorder.flush();
        consents.withdraw(USER);
    }

    /** One chat, in which each question comes after those before it. */
    private void recordChat(String conversation, List<ChatExample> turns) {
        List<ChatMessage> messages = new ArrayList<>();
        for (ChatExample turn : turns) {
            messages.add(UserMessage.from(turn.question()));
            Right model = new Right(conversation + "-" + messages.size(), turn.answer());
            ChatResponse response = Speaker.of(USER, conversation).call(() -> model.chat(messages));
            messages.add(response.aiMessage());
            recorder.rate(response.id(), Rating.GOOD);
        }
    }

    /** Gives the right answer. */
    private final class Right implements ChatModel {
        private final String id;
        private final String answer;

        Right(String id, String answer) {
            this.id = id;
            this.answer = answer;
        }

        @Override
        public List<ChatModelListener> listeners() {
            return List.of(recorder);
        }

        @Override
        public ChatResponse doChat(ChatRequest request) {
            return ChatResponse.builder()
                    .id(id)
                    .modelName(USER)
                    .aiMessage(AiMessage.from(answer))
                    .build();
        }
    }
}
