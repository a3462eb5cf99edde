package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.data.DatasetReader;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.TrainingRecord;
import io.github.ift4j.samples.tiny.ChatExample.Novelty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatFilesTest {
    private static final ChatExample TESTED =
            new ChatExample(QuestionKind.JOB, Novelty.UNSEEN, "What is Anna's job?", "Anna is a \"baker\".");

    @Test
    void readsBackAsAConversation(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("chats.jsonl");
        Files.writeString(file, ChatFiles.lines(List.of(TESTED)));

        List<TrainingRecord> records = DatasetReader.readAll(List.of(file));

        assertThat(records)
                .singleElement()
                .isInstanceOfSatisfying(
                        TrainingRecord.Conversation.class,
                        conversation -> assertThat(conversation.messages())
                                .containsExactly(
                                        Message.of("user", TESTED.question()),
                                        Message.of("assistant", TESTED.answer())));
    }

    @Test
    void namesKindAndNoveltyOfATestOnly() throws IOException {
        ChatExample tuned = new ChatExample(QuestionKind.JOB, Novelty.TUNED, TESTED.question(), TESTED.answer());

        JsonNode test = new ObjectMapper().readTree(ChatFiles.lines(List.of(TESTED)));
        JsonNode tuning = new ObjectMapper().readTree(ChatFiles.lines(List.of(tuned)));

        assertThat(test.path("kind").asText()).isEqualTo("JOB");
        assertThat(test.path("novelty").asText()).isEqualTo("UNSEEN");
        assertThat(tuning.fieldNames()).toIterable().containsExactly("messages");
    }
}
