package io.github.ift4j.langchain4j.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.Encoder;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.data.TrainingRecord;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.jlama.text.ChatTemplate;
import io.github.ift4j.jlama.text.ModelText;
import io.github.ift4j.jlama.text.tools.ToolPrompt;
import io.github.ift4j.jlama.text.tools.ToolTemplate;
import io.github.ift4j.langchain4j.recording.RecordedExchange;
import io.github.ift4j.langchain4j.recording.Speaker;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeldOutTest {
    private static final HeldOut FIFTH = new HeldOut(0.2);
    /** Labels everything. */
    private static final Encoder BYTES = record -> {
        String text = ((TrainingRecord.Conversation) record).messages().toString();
        int[] ids = text.chars().toArray();
        return new Sequence(ids, ids);
    };

    static RecordedExchange exchange(String id, Optional<String> conversation) {
        return exchange(id, conversation, "answer " + id);
    }

    private static RecordedExchange exchange(String id, Optional<String> conversation, String answer) {
        return new RecordedExchange(
                id,
                Instant.EPOCH,
                Instant.EPOCH,
                new Speaker(Optional.empty(), conversation),
                "model",
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                List.of(Message.of("user", "question"), Message.of("assistant", answer)),
                List.of());
    }

    static TrainingConfig longer(TrainingConfig config) {
        return TrainingConfig.builder()
                .maxSteps(5 * config.maxSteps())
                .batchSize(config.batchSize())
                .learningRate(config.learningRate())
                .schedule(config.schedule())
                .maxGradientNorm(config.maxGradientNorm())
                .build();
    }

    @Test
    void anExchangeNeverMovesWhateverElseThereIs() {
        List<RecordedExchange> exchanges = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            exchanges.add(exchange("id-" + i, Optional.empty()));
        }
        LearningSet all = LearningSet.of(exchanges, FIFTH, BYTES, 1_000);
        Collections.shuffle(exchanges, new Random(7));
        LearningSet some = LearningSet.of(exchanges.subList(0, 200), FIFTH, BYTES, 1_000);

        // Binomial: a fifth of 500 with a deviation of 9.
        assertThat(all.heldOut().size()).isBetween(60, 140);
        assertThat(all.train().size()).isEqualTo(500 - all.heldOut().size());
        assertThat(all.heldOut().exchanges()).containsAll(some.heldOut().exchanges());
        assertThat(all.train().exchanges()).containsAll(some.train().exchanges());
    }

    @Test
    void theTurnsOfAConversationAreOnOneSide() {
        for (int c = 0; c < 20; c++) {
            Optional<String> conversation = Optional.of("chat-" + c);
            boolean first = FIFTH.contains(exchange("a" + c, conversation));
            assertThat(FIFTH.contains(exchange("b" + c, conversation))).isEqualTo(first);
        }
    }

    @Test
    void whatIsSaidInAHeldOutExchangeIsNotLearnedFromItsRepetition() {
        List<RecordedExchange> exchanges = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            exchanges.add(exchange("id-" + i, Optional.empty(), "always the same"));
        }
        LearningSet set = LearningSet.of(exchanges, FIFTH, BYTES, 1_000);
        assertThat(set.heldOut().size()).isPositive();
        assertThat(set.train().size()).isZero();
    }

    @Test
    void onlyTheAnswerToTheLastQuestionIsLearned() {
        List<Message> messages = List.of(
                Message.of("user", "one"),
                Message.of("assistant", "aaaa"),
                Message.of("user", "two"),
                Message.of("assistant", "bbbb"));
        TrainingRecord.Conversation record = new TrainingRecord.Conversation(messages, List.of(), "test");
        try (ModelText text = ModelText.load(Application.BASE, Optional.empty())) {
            Sequence whole = text.encoder(false).encode(record);
            Sequence answer = new AnswerEncoder(text.encoder(false), Optional.empty()).encode(record);
            assertThat(labelled(whole, text)).contains("aaaa").contains("bbbb");
            assertThat(labelled(answer, text)).contains("bbbb").doesNotContain("aaaa");
            assertThat(answer.inputIds()).isEqualTo(whole.inputIds());
            assertThat(answer.lastLabel()).isEqualTo(whole.lastLabel());
        }
    }

    @Test
    void toolsCallsAndResultsAreLearnedAsTheModelReadsThem() {
        Map<String, Object> tool = Map.of("type", "function", "function", Map.of("name", "add", "description", "adds"));
        Map<String, Object> call =
                Map.of("id", "1", "type", "function", "function", Map.of("name", "add", "arguments", "{\"a\": 2}"));
        List<Message> messages = List.of(
                Message.of("user", "2 + 3?"),
                new Message(Map.of("role", "assistant", "content", "", "tool_calls", List.of(call))),
                new Message(Map.of("role", "tool", "content", "5", "tool_call_id", "1", "name", "add")),
                Message.of("assistant", "It is five"));
        try (ModelText text = ModelText.load(Application.BASE, Optional.empty())) {
            ChatTemplate template = text.chatTemplate().orElseThrow();
            ToolPrompt asked = ToolTemplate.of(template).prompt(messages.subList(0, 3), List.of(tool));
            String prompt =
                    template.render(asked.messages(), asked.tools(), true).text();

            Sequence learned = new AnswerEncoder(text.encoder(false), Optional.of(ToolTemplate.of(template)))
                    .encode(new TrainingRecord.Conversation(messages, List.of(tool), "test"));

            assertThat(prompt).contains("adds", "\"a\": 2", "5");
            assertThat(text.tokenizer().decode(learned.inputIds(), false)).startsWith(prompt + "It is five");
            assertThat(labelled(learned, text)).contains("\"a\": 2", "It is five");
        }
    }

    private static String labelled(Sequence sequence, ModelText text) {
        List<Integer> ids = new ArrayList<>();
        for (int t = 0; t < sequence.length(); t++) {
            if (sequence.isLabelled(t)) {
                ids.add(sequence.labels()[t]);
            }
        }
        return text.tokenizer().decode(ids.stream().mapToInt(Integer::intValue).toArray(), false);
    }
}
