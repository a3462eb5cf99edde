package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.data.DataException;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.data.TrainingRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is learned of conversations that templates of real models write. */
class RealTemplateLabelsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern SPECIAL = Pattern.compile("<\\|\\w+\\|>|<\\w+_of_turn>|\\[/?[A-Z_]+]");

    /** What each template writes after an answer, read off its source. */
    private static final Map<String, String> END_OF_TURN = Map.ofEntries(
            Map.entry("NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", "<|im_end|>"),
            Map.entry("Qwen-Qwen2.5-7B-Instruct", "<|im_end|>"),
            Map.entry("chatml", "<|im_end|>"),
            Map.entry("gemma-it", "<end_of_turn>"),
            Map.entry("google-gemma-2-2b-it", "<end_of_turn>"),
            Map.entry("granite-3.0-instruct", "<|end_of_text|>"),
            Map.entry("llama-3-instruct", "<|eot_id|>"),
            Map.entry("meta-llama-Llama-3.2-3B-Instruct", "<|eot_id|>"),
            Map.entry("microsoft-Phi-3.5-mini-instruct", "<|end|>"),
            Map.entry("mistral-instruct", "</s>"),
            Map.entry("mistralai-Mistral-Nemo-Instruct-2407", "</s>"),
            Map.entry("openchat-3.5", "<|end_of_turn|>"),
            Map.entry("phi-3", "<|end|>"),
            Map.entry("vicuna", "</s>"),
            Map.entry("zephyr", "</s>"));

    /** How the templates that write tool calls write the one of {@link #calling()}. */
    private static final Map<String, String> CALL = Map.of(
            "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use",
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>",
            "Qwen-Qwen2.5-7B-Instruct",
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>",
            "meta-llama-Llama-3.2-3B-Instruct",
            "{\"name\": \"weather\", \"parameters\": {\"city\": \"Rome\"}}",
            "mistralai-Mistral-Nemo-Instruct-2407",
            "[TOOL_CALLS][{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}, \"id\": \"abcdef123\"}]");

    private static final List<Map<String, Object>> TOOLS = List.of(Map.of(
            "type",
            "function",
            "function",
            Map.of(
                    "name",
                    "weather",
                    "description",
                    "The weather.",
                    "parameters",
                    Map.of(
                            "type",
                            "object",
                            "properties",
                            Map.of("city", Map.of("type", "string", "description", "where")),
                            "required",
                            List.of("city")))));

    private static final List<String> WORDS = List.of(
            "hello",
            "the",
            "user",
            "assistant",
            "model",
            "system",
            "é漢👩",
            "\"quoted\"",
            "\\n",
            "\n\n",
            "\t",
            "  ",
            "{x}",
            "'",
            "<b>",
            "&amp;",
            "[1]",
            "INST",
            "|",
            "end",
            "think",
            ":",
            "USER",
            "ASSISTANT");

    @TempDir
    Path directory;

    /** One template and a tokenizer that knows its special tokens. */
    private record Model(String name, ModelText text, JsonNode cases) {
        String end() {
            return END_OF_TURN.get(name);
        }

        List<String> learned(List<Message> messages, List<Map<String, Object>> tools) {
            Sequence sequence =
                    text.encoder(false).encode(new TrainingRecord.Conversation(messages, tools, "chats.jsonl:1"));
            List<String> runs = new ArrayList<>();
            int start = -1;
            for (int t = 0; t <= sequence.length(); t++) {
                boolean learned = t < sequence.length() && sequence.labels()[t] != Sequence.IGNORE;
                if (learned && start < 0) {
                    start = t;
                } else if (!learned && start >= 0) {
                    runs.add(text.tokenizer().decode(Arrays.copyOfRange(sequence.labels(), start, t), false));
                    start = -1;
                }
            }
            return runs;
        }
    }

    private interface Check {
        int of(Model model);
    }

    @Test
    void everyAnswerOfTheCasesIsLearnedWithItsEndOfTurnAndNoOtherWordIs() throws IOException {
        int answers = forEachTemplate(model -> {
            int found = 0;
            for (JsonNode each : model.cases()) {
                List<Message> messages = messages(each.path("messages"));
                boolean calls =
                        messages.stream().anyMatch(message -> message.fields().containsKey("tool_calls"));
                if (!each.has("error") && !calls) {
                    found += assertLearned(model, messages, tools(each));
                }
            }
            return found;
        });
        assertThat(answers).isGreaterThan(40);
    }

    /** Templates may strip what is said, refuse a system message, or move it into a question. */
    @Test
    void everyAnswerOfRandomConversationsIsLearnedWithItsEndOfTurnAndNoOtherWordIs() throws IOException {
        Random random = new Random(17);
        Map<String, Integer> answers = new HashMap<>();
        forEachTemplate(model -> {
            for (int round = 0; round < 40; round++) {
                List<Message> messages = conversation(random);
                List<Map<String, Object>> tools =
                        random.nextInt(3) == 0 || model.name().contains("Hermes") ? TOOLS : List.of();
                try {
                    answers.merge(model.name(), assertLearned(model, messages, tools), Integer::sum);
                } catch (DataException refused) {
                    assertThat(refused).hasMessageContaining("of the chat template: ");
                }
            }
            return 0;
        });
        assertThat(answers.keySet()).containsExactlyInAnyOrderElementsOf(END_OF_TURN.keySet());
        assertThat(answers.values()).allMatch(count -> count > 20);
    }

    @Test
    void aToolCallIsLearnedWhollyAndWhatTheToolReturnsIsNot() throws IOException {
        Set<String> written = new LinkedHashSet<>();
        forEachTemplate(model -> {
            String call = CALL.get(model.name());
            if (call != null) {
                written.add(model.name());
                assertThat(model.learned(calling(), TOOLS))
                        .as(model.name())
                        .containsExactly(
                                call + model.end(), "It is sunny." + model.end(), "Yes, in Rome." + model.end());
            }
            return 0;
        });
        assertThat(written).containsExactlyInAnyOrderElementsOf(CALL.keySet());
    }

    private int forEachTemplate(Check check) throws IOException {
        Path folder = SharedFolder.find("templates").orElse(null);
        assumeTrue(folder != null, "../shared/templates is absent");
        int sum = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                JsonNode suite = MAPPER.readTree(file.toFile());
                writeModel(suite.path("template").asText());
                try (ModelText text = ModelText.load(directory, Optional.empty())) {
                    String name = file.getFileName().toString().replace(".json", "");
                    assertThat(END_OF_TURN).containsKey(name);
                    sum += check.of(new Model(name, text, suite.path("cases")));
                }
            }
        }
        return sum;
    }

    private static int assertLearned(Model model, List<Message> messages, List<Map<String, Object>> tools) {
        List<String> said = messages.stream()
                .filter(AssistantTurns::isAssistant)
                .map(message -> String.valueOf(message.fields().get("content")).strip())
                .toList();
        List<String> learned = model.learned(messages, tools);
        assertThat(learned).as("%s %s", model.name(), messages).hasSameSizeAs(said);
        for (int i = 0; i < said.size(); i++) {
            String run = learned.get(i);
            assertThat(run).as(model.name()).endsWith(model.end());
            assertThat(run.substring(0, run.length() - model.end().length()).strip())
                    .as("%s %s", model.name(), messages)
                    .isEqualTo(said.get(i));
        }
        return said.size();
    }

    /** Two in three conversations say nothing twice; the others may repeat themselves. */
    private static List<Message> conversation(Random random) {
        List<Message> messages = new ArrayList<>();
        boolean unique = random.nextInt(3) > 0;
        if (random.nextInt(3) == 0) {
            messages.add(Message.of("system", words(random, unique, 99)));
        }
        for (int i = random.nextInt(4); i >= 0; i--) {
            messages.add(Message.of("user", words(random, unique, messages.size())));
            messages.add(Message.of("assistant", words(random, unique, messages.size())));
        }
        return messages;
    }

    private static String words(Random random, boolean unique, int number) {
        StringBuilder text = new StringBuilder(unique ? "" : "a");
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append(WORDS.get(random.nextInt(WORDS.size()))).append(random.nextBoolean() ? " " : "");
        }
        return unique
                ? text.append('#')
                        .append(number)
                        .append(random.nextBoolean() ? "" : " \n")
                        .toString()
                : text.toString();
    }

    private static List<Message> calling() {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", "weather");
        function.put("arguments", Map.of("city", "Rome"));
        Map<String, Object> call = new LinkedHashMap<>();
        call.put("id", "abcdef123");
        call.put("type", "function");
        call.put("function", function);
        return List.of(
                Message.of("user", "How is it in Rome?"),
                new Message(Map.of("role", "assistant", "content", "", "tool_calls", List.of(call))),
                new Message(Map.of("role", "tool", "name", "weather", "tool_call_id", "abcdef123", "content", "sunny")),
                Message.of("assistant", "It is sunny."),
                Message.of("user", "Sure?"),
                Message.of("assistant", "Yes, in Rome."));
    }

    private static List<Message> messages(JsonNode messages) {
        return MAPPER.convertValue(messages, new TypeReference<List<Map<String, Object>>>() {}).stream()
                .map(Message::new)
                .toList();
    }

    private static List<Map<String, Object>> tools(JsonNode each) {
        return each.path("tools").isArray()
                ? MAPPER.convertValue(each.path("tools"), new TypeReference<List<Map<String, Object>>>() {})
                : List.of();
    }

    private void writeModel(String template) throws IOException {
        Set<String> special = new LinkedHashSet<>(List.of("<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>"));
        Matcher matcher = SPECIAL.matcher(template);
        while (matcher.find()) {
            special.add(matcher.group());
        }
        TokenizerFixtures.byteLevel(directory, List.copyOf(special));
        Map<String, String> config = Map.of("bos_token", "<s>", "eos_token", "</s>", "chat_template", template);
        Files.writeString(directory.resolve("tokenizer_config.json"), MAPPER.writeValueAsString(config));
    }
}
