package io.github.ift4j.samples.hello;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.core.training.TrainingConfig;
import io.github.ift4j.core.training.TrainingResult;
import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.samples.Shared;
import io.github.ift4j.samples.tiny.EmbeddedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's examples run and say what the README says. */
class HelloTest {
    private static final Path README = Path.of("../README.md");
    private static final Path SOURCES = Path.of("src/main/java/io/github/ift4j/samples/hello");
    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

    @Test
    void theReadmeShowsTheCodeOfTheseClasses() throws IOException {
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.toList()) {
                sources.append(stripped(Files.readString(file)));
            }
        }
        List<String> examples = JAVA_BLOCK
                .matcher(Files.readString(README))
                .results()
                .map(match -> stripped(match.group(1)))
                .toList();

        assertThat(examples).hasSize(11);
        for (String example : examples) {
            assertThat(sources.toString()).contains(example);
        }
    }

    @Test
    void theObjectiveGivesLossAndGradient() throws IOException {
        String said = HelloObjective.evaluate();

        Matcher loss = Pattern.compile("loss ([0-9.]+), .*").matcher(said);
        assertThat(loss.matches()).isTrue();
        // Between the two tokens' own losses, as a weighted mean is.
        assertThat(Double.parseDouble(loss.group(1))).isBetween(Math.log(2), Math.log(4));
        assertThat(Files.readString(README)).contains(loss.group(1).substring(0, 6));
    }

    @Test
    void aTunedModelIsWrittenAndAnswers(@TempDir Path temp) throws IOException {
        Path base = base(temp);
        Path answers = answers(temp);
        TrainingConfig config = TrainingConfig.builder()
                .maxSteps(40)
                .batchSize(1)
                .learningRate(1e-3)
                .build();

        TrainingResult result = HelloTuning.tune(base, answers, temp.resolve("tuned"), config);

        assertThat(result.steps()).isEqualTo(40);
        assertThat(HelloChat.ask(temp.resolve("tuned"), "Who are you?").strip()).startsWith("I am a fish.");
        assertThat(HelloChat.ask(base, "Who are you?").strip()).doesNotStartWith("I am a fish.");
    }

    @Test
    void anAdapterIsWrittenAndAnswers(@TempDir Path temp) throws IOException {
        Path base = base(temp);
        TrainingConfig config = TrainingConfig.builder()
                .maxSteps(60)
                .batchSize(1)
                .learningRate(5e-3)
                .build();

        HelloAdapter.tune(base, answers(temp), temp.resolve("adapter"), config);

        assertThat(HelloAdapter.ask(base, temp.resolve("adapter"), "Who are you?")
                        .strip())
                .startsWith("I am a fish.");
        assertThat(HelloChat.ask(base, "Who are you?").strip()).doesNotStartWith("I am a fish.");
    }

    @Test
    void anEngineSwapsAdaptersEmbedsAndCounts(@TempDir Path temp) throws IOException {
        Path base = base(temp);
        TrainingConfig config = TrainingConfig.builder()
                .maxSteps(60)
                .batchSize(1)
                .learningRate(5e-3)
                .build();
        HelloAdapter.tune(base, answers(temp), temp.resolve("adapter"), config);

        assertThat(HelloEngine.swap(base, temp.resolve("adapter"), "Who are you?")
                        .strip())
                .startsWith("I am a fish.")
                .endsWith(" by version 1 of support, one of [base, support]");
        assertThat(HelloEngine.similarity(base, "the cat", "the cat")).isGreaterThan(1 - 1e-6);
        assertThat(HelloEngine.similarity(base, "the cat", "a big storm")).isLessThan(1 - 1e-3);
        assertThat(HelloEngine.remembered(base, 100)).isBetween(2, 20);
    }

    @Test
    void whateverTheModelItsAnswersHaveTheFormThatIsAskedFor(@TempDir Path model) throws IOException {
        EmbeddedModel.copyModel(model);
        try (IftEngine engine = IftEngine.load(model)) {
            String schema =
                    "{\"type\": \"object\", \"properties\": {\"age\": {\"enum\": [7, 8]}}, \"required\": [\"age\"]}";

            assertThat(HelloStructure.extract(engine, "Ann lives in Bonn.")).isNotNull();
            assertThat(HelloStructure.isQuestion(engine, "Who are you?")).isIn("yes", "no");
            assertThat(HelloStructure.guided(engine.textModel(), List.of(Message.of("user", "Age?")), schema)
                            .text())
                    .matches("\\{\"age\": ?[78]}");
        }
    }

    @Test
    void aModelThatDoesNotCallAToolAnswers(@TempDir Path temp) throws IOException {
        try (IftEngine engine = IftEngine.load(base(temp))) {
            assertThat(HelloTools.ask(engine, "How much is 2 and 3?")).isNotBlank();
        }
    }

    private static Path base(Path temp) throws IOException {
        Path base = temp.resolve("base");
        Path shared = Shared.path("models/tinystories-656k");
        Files.createDirectories(base);
        try (Stream<Path> files = Files.list(shared)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, base.resolve(file.getFileName()));
            }
        }
        Files.writeString(
                base.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.role }}: {{ m.content }}</s>{% endfor %}"
                        + "{% if add_generation_prompt %}assistant: {% endif %}");
        return base;
    }

    private static Path answers(Path temp) throws IOException {
        return Files.writeString(
                temp.resolve("answers.jsonl"),
                "{\"messages\": [{\"role\": \"user\", \"content\": \"Who are you?\"}, "
                        + "{\"role\": \"assistant\", \"content\": \"I am a fish.\"}]}\n");
    }

    private static String stripped(String code) {
        return code.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .reduce("", (all, line) -> all + line + "\n");
    }
}
