package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.core.data.DataException;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.data.TrainingRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversationEncoderTest {
    private static final String CHAT =
            "{{ bos_token }}{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}"
                    + "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}";

    private static final List<Message> TWO_TURNS = List.of(
            Message.of("user", "hello"),
            Message.of("assistant", "the first"),
            Message.of("user", "and"),
            Message.of("assistant", "the last"));

    @TempDir
    Path directory;

    @Test
    void everyAnswerIsLearnedUpToItsEndOfTurnAndNothingElseIs() throws IOException {
        assertThat(learned(CHAT, TWO_TURNS)).containsExactly("the first<|end|>", "the last<|end|>");
    }

    @Test
    void theTextIsTokenisedOnceSoThatTheTemplateAloneWritesBos() throws IOException {
        try (ModelText text = modelText(CHAT, config -> config.put("add_bos_token", true))) {
            int[] ids = text.encoder(false).encode(conversation(TWO_TURNS)).inputIds();
            int bos = text.tokenizer().idOf("<s>").orElseThrow();
            assertThat(Arrays.stream(ids).filter(id -> id == bos)).hasSize(1);
            assertThat(ids[0]).isEqualTo(bos);
        }
        try (ModelText text = modelText(CHAT.replace("{{ bos_token }}", ""), config -> {})) {
            int[] ids = text.encoder(false).encode(conversation(TWO_TURNS)).inputIds();
            assertThat(text.tokenizer().tokenOf(ids[0])).isEqualTo("<|user|>");
        }
    }

    @Test
    void endOfTurnIsLearnedAlsoWhenItIsThePaddingToken() throws IOException {
        try (ModelText text =
                modelText(CHAT, config -> config.put("eos_token", "<|end|>").put("pad_token", "<|end|>"))) {
            assertThat(learned(text, TWO_TURNS)).containsExactly("the first<|end|>", "the last<|end|>");
        }
    }

    @Test
    void theStopTokenOfAQuestionIsNotTakenForTheEndOfTheAnswerBeforeIt() throws IOException {
        String template = "{% for m in messages %}{% if m.role == 'user' %}{{ m.content + '</s>' }}"
                + "{% else %}{{ m.content + '\n' }}{% endif %}{% endfor %}";
        assertThat(learned(template, TWO_TURNS)).containsExactly("the first", "the last");
    }

    @Test
    void theHeaderOfTheNextMessageIsNotTakenForAnEndOfTurn() throws IOException {
        String template = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '\n' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
        assertThat(learned(template, TWO_TURNS)).containsExactly("the first", "the last");
    }

    @Test
    void aTemplateThatWritesNoAnswerIsRefused() throws IOException {
        String template = "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}";
        assertThatThrownBy(() -> learned(template, TWO_TURNS))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("chats.jsonl:7")
                .hasMessageContaining("what the assistant says");
    }

    @Test
    void aTemplateThatScattersAnAnswerIsRefused() throws IOException {
        String template = "{% for m in messages %}{{ m.content }}{% endfor %}{{ messages[1].content }}";
        assertThatThrownBy(() -> learned(template, TWO_TURNS))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("chats.jsonl:7: field 'messages': ")
                .hasMessageContaining("message 2 says in several places");
    }

    @Test
    void aPromptThatIsNoPrefixOfTheConversationDoesNotShiftTheLabels() throws IOException {
        String template = CHAT.replace("'<|assistant|>\n'", "'<|assistant|>\n<think>\n'");
        assertThat(learned(template, TWO_TURNS)).containsExactly("the first<|end|>", "the last<|end|>");
    }

    @Test
    void aThoughtThatTheTemplateDropsLaterIsLearnedOnlyWhereItIsWritten() throws IOException {
        String template = "{% for m in messages %}{{ '<|' + m.role + '|>' }}"
                + "{% if m.role == 'assistant' and not loop.last %}{{ m.content.split('</think>')[-1] }}"
                + "{% else %}{{ m.content }}{% endif %}{{ '<|end|>' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
        List<Message> messages = List.of(
                Message.of("user", "hello"),
                Message.of("assistant", "<think>hell</think>the first"),
                Message.of("user", "and"),
                Message.of("assistant", "<think>the</think>the last"));
        assertThat(learned(template, messages))
                .containsExactly("the first<|end|>", "<think>the</think>the last<|end|>");
    }

    @Test
    void aThoughtThatTheTemplateWritesForTheAnswerIsLearnedFromTheGenerationPromptOn() throws IOException {
        String template = "{% for m in messages %}{{ '<|' + m.role + '|>' }}{% if m.role == 'assistant' %}{% if"
            + " '</think>' in m.content %}{% set thought = m.content.split('</think>')[0].split('<think>')[-1] %}{%"
            + " else %}{% set thought = '' %}{% endif %}{{ '<think>' + thought + '</think>' +"
            + " m.content.split('</think>')[-1] }}{% else %}{{ m.content }}{% endif %}{{ '<|end|>' }}{% endfor %}{% if"
            + " add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
        List<Message> messages =
                List.of(Message.of("user", "hello"), Message.of("assistant", "<think>hell</think>the first"));
        assertThat(learned(template, messages)).containsExactly("<think>hell</think>the first<|end|>");
    }

    @Test
    void aSystemMessageMovedIntoTheLastQuestionLeavesTheLabelsWhereTheAnswersAre() throws IOException {
        String template = "{% if messages[0].role == 'system' %}{% set system = messages[0].content %}"
                + "{% set rest = messages[1:] %}{% else %}{% set rest = messages %}{% endif %}{{ bos_token }}"
                + "{% for m in rest %}{% if m.role == 'user' %}"
                + "{% if system is defined and m == (rest | selectattr('role', 'equalto', 'user') | list)[-1] %}"
                + "{{ '<|user|>' + system + '\n\n' + m.content }}{% else %}{{ '<|user|>' + m.content }}{% endif %}"
                + "{% else %}{{ '<|assistant|>' + m.content + eos_token }}{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
        List<Message> messages = new ArrayList<>(TWO_TURNS);
        messages.addFirst(Message.of("system", "the rule"));
        assertThat(learned(template, messages)).containsExactly("the first</s>", "the last</s>");
    }

    @Test
    void aTemplateThatStripsAnAnswerMovesNoLabel() throws IOException {
        String template = CHAT.replace("m.content", "m.content | trim");
        List<Message> messages = List.of(
                Message.of("user", " hello "),
                Message.of("assistant", "\n the first \n"),
                Message.of("user", "and\n"),
                Message.of("assistant", "the last"));
        assertThat(learned(template, messages)).containsExactly("the first<|end|>", "the last<|end|>");
    }

    @Test
    void eosWrittenOnlyAtTheVeryEndIsLearnedThere() throws IOException {
        String template = "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% else %}{{ eos_token }}{% endif %}";
        assertThat(learned(template, TWO_TURNS)).containsExactly("the first", "the last</s>");
    }

    @Test
    void endOfTurnAndAnEosAfterAllAreToldApart() throws IOException {
        String template = CHAT.replace("{% endif %}", "{% else %}{{ eos_token }}{% endif %}");
        assertThat(learned(template, TWO_TURNS)).containsExactly("the first<|end|>", "the last<|end|>");
    }

    @Test
    void generationMarksDecideWhereTheyAreGiven() throws IOException {
        String template = "{% for m in messages %}{{ '<|' + m.role + '|>' }}{% if m.role == 'assistant' %}"
                + "{% generation %}{{ m.content + '<|end|>' }}{% endgeneration %}{% else %}{{ m.content + '<|end|>' }}"
                + "{% endif %}{{ '\n' }}{% endfor %}";
        assertThat(learned(template, TWO_TURNS)).containsExactly("the first<|end|>", "the last<|end|>");
    }

    @Test
    void anAnswerThatRepeatsTheQuestionIsFoundAtItsOwnPlace() throws IOException {
        List<Message> messages = List.of(
                Message.of("user", "the"),
                Message.of("assistant", "the"),
                Message.of("user", "the"),
                Message.of("assistant", "the"));
        List<Integer> starts = labelledPositions(CHAT, messages);
        assertThat(learned(CHAT, messages)).containsExactly("the<|end|>", "the<|end|>");
        assertThat(starts).hasSize(4).doesNotContain(1, 2, 3);
    }

    /** Mistral's templates write the tools before the last question, and nothing before an answer. */
    @Test
    void whatATemplateWritesBeforeACallIsLearnedAlsoWhereThePromptIsNoPrefix() throws IOException {
        String template = "{% set last = (messages | selectattr('role', 'equalto', 'user') | list)[-1] %}"
                + "{% for m in messages %}{% if m.role == 'user' %}{{ ('<pad>' if m == last else '') + '<|user|>' +"
                + " m.content + '<|system|>' }}{% else %}{{ '<call>' + m.content + '<|end|>' }}{% endif %}{% endfor %}";
        assertThat(learned(template, TWO_TURNS)).containsExactly("<call>the first<|end|>", "<call>the last<|end|>");
    }

    @Test
    void toolCallsAreLearnedWithTheirEndOfTurn() throws IOException {
        String template = "{% for m in messages %}{{ '<|' + m.role + '|>' }}{% if m.tool_calls %}"
                + "{% for call in m.tool_calls %}{{ '<call>' + (call.function | tojson) + '</call>' }}{% endfor %}"
                + "{% else %}{{ m.content }}{% endif %}{{ '<|end|>' }}{% endfor %}"
                + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";
        Map<String, Object> function = Map.of("name", "weather", "arguments", Map.of("city", "\"Zürich\""));
        List<Message> messages = List.of(
                Message.of("user", "hello"),
                new Message(Map.of(
                        "role",
                        "assistant",
                        "content",
                        "",
                        "tool_calls",
                        List.of(Map.of("id", "1", "type", "function", "function", function)))),
                Message.of("user", "and"));
        List<String> learned = learned(template, messages);
        assertThat(learned).hasSize(1);
        assertThat(learned.getFirst())
                .startsWith("<call>{")
                .contains("\\\"Zürich\\\"")
                .endsWith("</call><|end|>");
    }

    @Test
    void endOfTurnThatIsNoTokenOfTheVocabularyIsLearnedAsText() throws IOException {
        String template = CHAT.replace("<|end|>", "<|fin|>");
        try (ModelText text = modelText(template, config -> {})) {
            assertThat(learned(text, TWO_TURNS)).containsExactly("the first<|fin|>", "the last<|fin|>");
            assertThat(text.endOfTurn().strings()).containsExactly("<|fin|>");
        }
    }

    @Test
    void aCompletionIsAConversationWhereThereIsATemplate() throws IOException {
        try (ModelText text = modelText(CHAT, config -> {})) {
            EncodedText encoded = text.encoder(false).encodeText(new TrainingRecord.Completion("hello", "the", "f:1"));
            assertThat(encoded.text()).isEqualTo("<s><|user|>\nhello<|end|>\n<|assistant|>\nthe<|end|>\n");
            assertThat(runs(text, encoded.sequence())).containsExactly("the<|end|>");
        }
    }

    @Test
    void aRawCompletionGetsBosAndEosOnce() throws IOException {
        try (ModelText text = modelText(CHAT, config -> config.put("add_bos_token", true))) {
            EncodedText encoded = text.encoder(true).encodeText(new TrainingRecord.Completion("hello ", "the", "f:1"));
            assertThat(all(text, encoded.sequence())).isEqualTo("<s>hello the</s>");
            assertThat(runs(text, encoded.sequence())).containsExactly(" the</s>");
        }
    }

    @Test
    void rawTextThatBringsItsOwnBosAndEosGetsNoOthers() throws IOException {
        try (ModelText text =
                modelText(CHAT, config -> config.put("add_bos_token", true).put("add_eos_token", true))) {
            Sequence sequence = text.encoder(true).encode(new TrainingRecord.Text("<s>hello", "f:1"));
            assertThat(all(text, sequence)).isEqualTo("<s>hello</s>");
            assertThat(text.rawPrompt("<s>hello")).hasSize(3);
        }
    }

    @Test
    void plainTextIsLearnedWhollyAndHasNoBosThatTheTokenizerWouldNotAdd() throws IOException {
        try (ModelText text = modelText(CHAT, config -> {})) {
            Sequence sequence = text.encoder(false).encode(new TrainingRecord.Text("hello the", "f:1"));
            assertThat(all(text, sequence)).isEqualTo("hello the</s>");
            assertThat(sequence.labels()).isEqualTo(sequence.inputIds());
        }
    }

    @Test
    void whatTheAssistantSaysInGivenMessagesIsNotLearned() throws IOException {
        String marked = "{% for m in messages %}{{ '<|' + m.role + '|>' }}{% if m.role == 'assistant' %}"
                + "{% generation %}{{ m.content + '<|end|>' }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}"
                + "{% endfor %}";
        for (String template : List.of(CHAT, marked)) {
            try (ModelText text = modelText(template, config -> {})) {
                TrainingRecord.Conversation rated =
                        new TrainingRecord.Conversation(TWO_TURNS, List.of(), 3, "chats.jsonl:7");
                Sequence all = text.encoder(false).encode(conversation(TWO_TURNS));

                Sequence last = text.encoder(false).encode(rated);

                assertThat(runs(text, last)).containsExactly("the last<|end|>");
                assertThat(last.inputIds()).isEqualTo(all.inputIds());
                assertThat(runs(text, all)).containsExactly("the first<|end|>", "the last<|end|>");
            }
        }
    }

    @Test
    void ofAnEmptyAnswerItsEndIsLearned() throws IOException {
        List<Message> messages = List.of(Message.of("user", "hello"), Message.of("assistant", ""));
        assertThat(learned(CHAT, messages)).containsExactly("<|end|>");
    }

    @Test
    void aConversationWithoutATemplateIsRefused() throws IOException {
        TokenizerFixtures.byteLevel(directory);
        try (ModelText text = ModelText.load(directory, Optional.empty())) {
            assertThatThrownBy(() -> text.encoder(false).encode(conversation(TWO_TURNS)))
                    .isInstanceOf(DataException.class)
                    .hasMessageStartingWith("chats.jsonl:7: ")
                    .hasMessageContaining("--chat-template");
        }
    }

    @Test
    void aRefusalOfTheTemplateComesWithThePlaceOfTheRecord() throws IOException {
        String template = "{{ raise_exception('only tools') }}";
        assertThatThrownBy(() -> learned(template, TWO_TURNS))
                .isInstanceOf(DataException.class)
                .hasMessage("chats.jsonl:7: line 1 of the chat template: only tools");
    }

    private static TrainingRecord.Conversation conversation(List<Message> messages) {
        return new TrainingRecord.Conversation(messages, List.of(), "chats.jsonl:7");
    }

    private List<String> learned(String template, List<Message> messages) throws IOException {
        try (ModelText text = modelText(template, config -> {})) {
            return learned(text, messages);
        }
    }

    private static List<String> learned(ModelText text, List<Message> messages) {
        return runs(text, text.encoder(false).encode(conversation(messages)));
    }

    private List<Integer> labelledPositions(String template, List<Message> messages) throws IOException {
        try (ModelText text = modelText(template, config -> {})) {
            int[] labels = text.encoder(false).encode(conversation(messages)).labels();
            List<Integer> positions = new ArrayList<>();
            for (int t = 0; t < labels.length; t++) {
                if (labels[t] != Sequence.IGNORE) {
                    positions.add(t);
                }
            }
            return positions;
        }
    }

    private static String all(ModelText text, Sequence sequence) {
        return text.tokenizer().decode(sequence.inputIds(), false);
    }

    /** The learned runs of tokens as text; each label must be its input. */
    private static List<String> runs(ModelText text, Sequence sequence) {
        List<String> runs = new ArrayList<>();
        int[] labels = sequence.labels();
        int start = -1;
        for (int t = 0; t <= labels.length; t++) {
            boolean learned = t < labels.length && labels[t] != Sequence.IGNORE;
            if (learned) {
                assertThat(labels[t]).isEqualTo(sequence.inputIds()[t]);
            }
            if (learned && start < 0) {
                start = t;
            } else if (!learned && start >= 0) {
                runs.add(text.tokenizer().decode(Arrays.copyOfRange(labels, start, t), false));
                start = -1;
            }
        }
        return runs;
    }

    private ModelText modelText(String template, Consumer<ObjectNode> change) throws IOException {
        TokenizerFixtures.byteLevel(directory);
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config = mapper.createObjectNode()
                .put("bos_token", "<s>")
                .put("eos_token", "</s>")
                .put("chat_template", template);
        change.accept(config);
        Files.writeString(directory.resolve("tokenizer_config.json"), mapper.writeValueAsString(config));
        return ModelText.load(directory, Optional.empty());
    }
}
