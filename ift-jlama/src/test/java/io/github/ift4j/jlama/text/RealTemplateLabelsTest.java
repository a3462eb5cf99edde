package io.github.ift4j.jlama.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.data.TrainingRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    @TempDir
    Path directory;

    @Test
    void everyAnswerIsLearnedWithItsEndOfTurnAndNoOtherWordIs() throws IOException {
        Path folder = SharedFolder.find("templates").orElse(null);
        assumeTrue(folder != null, "../shared/templates is absent");
        int answers = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
                JsonNode suite = MAPPER.readTree(file.toFile());
                writeModel(suite.path("template").asText());
                try (ModelText text = ModelText.load(directory, Optional.empty())) {
                    for (JsonNode each : suite.path("cases")) {
                        answers += assertLearned(file, text, each);
                    }
                }
            }
        }
        assertThat(answers).isGreaterThan(40);
    }

    private static int assertLearned(Path file, ModelText text, JsonNode each) {
        List<Message> messages =
                MAPPER.convertValue(each.path("messages"), new TypeReference<List<Map<String, Object>>>() {}).stream()
                        .map(Message::new)
                        .toList();
        List<String> said = messages.stream()
                .filter(AssistantTurns::isAssistant)
                .map(message -> String.valueOf(message.fields().get("content")).strip())
                .toList();
        boolean calls = messages.stream().anyMatch(message -> message.fields().containsKey("tool_calls"));
        if (each.has("error") || calls || said.isEmpty()) {
            return 0;
        }
        Sequence sequence =
                text.encoder(false).encode(new TrainingRecord.Conversation(messages, List.of(), "cases.json:1"));
        List<String> learned = runs(text, sequence);
        assertThat(learned).as("%s %s", file, each.path("name")).hasSameSizeAs(said);
        for (int i = 0; i < said.size(); i++) {
            String end = learned.get(i).strip().substring(said.get(i).length()).strip();
            assertThat(learned.get(i).strip()).as("%s", file).startsWith(said.get(i));
            assertThat(text.tokenizer().isSpecial(text.tokenizer().idOf(end).orElseThrow()))
                    .as("%s ends a turn by %s", file, end)
                    .isTrue();
        }
        return said.size();
    }

    private static List<String> runs(ModelText text, Sequence sequence) {
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
