package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.ift4j.samples.tiny.ChatExample;
import io.github.ift4j.samples.tiny.EmbeddedModel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ExamTest {
    private static final List<ChatExample> QUESTIONS =
            EmbeddedModel.chats().test().subList(0, 4);

    @Test
    void onlyAnswersThatAreRightToTheLetterCount() {
        String right = QUESTIONS.get(1).answer();

        Exam exam = take(question -> question.equals(QUESTIONS.get(1).question()) ? " " + right + "\n" : right + "!");

        assertThat(exam.exactMatch()).isEqualTo(0.25);
        assertThat(exam.answers()).hasSize(4).element(1).isEqualTo(right);
    }

    @Test
    void progressIsToldWithoutATerminal() {
        StringWriter err = new StringWriter();

        try (Progress progress = Progress.start(new PrintWriter(err), false, "asking", 4)) {
            Exam.of(answering(question -> ""), QUESTIONS, progress);
        }

        assertThat(err.toString()).startsWith("asking 4/4").hasLineCount(1);
    }

    private static Exam take(UnaryOperator<String> answers) {
        try (Progress progress = Progress.start(new PrintWriter(new StringWriter()), false, "asking", 4)) {
            return Exam.of(answering(answers), QUESTIONS, progress);
        }
    }

    private static ChatModel answering(UnaryOperator<String> answers) {
        return new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
                UserMessage question = (UserMessage) request.messages().getLast();
                return ChatResponse.builder()
                        .aiMessage(AiMessage.from(answers.apply(question.singleText())))
                        .build();
            }
        };
    }
}
