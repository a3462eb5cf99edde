package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code generate}, {@code chat} and {@code render} with a real model. */
class AnswerTest {
    private static final String TEMPLATE = "{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
            + "{% if add_generation_prompt %}<assistant>{% endif %}";

    @Test
    void aStoryGoesToStdoutAndNothingElse() {
        Launch launch = Launch.ift(
                "generate",
                "--raw",
                "--model",
                model(),
                "--prompt",
                "Once upon a time",
                "--max-new-tokens",
                "10",
                "--temperature",
                "0");

        assertThat(launch.status()).isZero();
        assertThat(launch.out()).startsWith(", a little girl named Lily").hasLineCount(1);
        assertThat(launch.err()).isEmpty();
    }

    @Test
    void aDraftChangesNoAnswer() {
        List<String> arguments = List.of(
                "generate", "--raw", "--model", model(), "--prompt", "One day", "--temperature", "0.8", "--seed", "4");

        Launch drafted = Launch.ift(
                Stream.concat(arguments.stream(), Stream.of("--draft", model())).toArray(String[]::new));

        assertThat(drafted.status()).as(drafted.err()).isZero();
        assertThat(drafted.out())
                .isEqualTo(Launch.ift(arguments.toArray(String[]::new)).out());
    }

    @Test
    void aDraftOfAnotherVocabularyIsRefusedInALineThatNamesBoth() {
        String other = Shared.path("golden/llama/model").toString();

        Launch launch = Launch.ift("chat", "--raw", "--model", model(), "--draft", other);

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err())
                .startsWith("ift: " + other + " cannot draft for " + model())
                .hasLineCount(1);
    }

    @Test
    void aGuidedAnswerFits(@TempDir Path temp) throws IOException {
        Path schema = Files.writeString(temp.resolve("girl.json"), """
            {"type": "object", "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer"}},
             "required": ["name", "age"]}\
            """);

        assertThat(guided(bytes(), "--json-schema", schema.toString()))
                .matches("\\{\"name\": ?\"([^\"\\\\]|\\\\.)*\", ?\"age\": ?-?\\d+}\n");
        assertThat(guided(model(), "--regex", "[A-Z][a-z]{2,6}")).matches("[A-Z][a-z]{2,6}\n");
        assertThat(guided(model(), "--choice", "a cat", "--choice", "a dog")).isIn("a cat\n", "a dog\n");
        assertThat(guided(bytes(), "--json")).startsWith("{").endsWith("}\n");
    }

    /** A model with a token for each byte. */
    private static String bytes() {
        return Shared.path("golden/llama/model").toString();
    }

    private static String guided(String model, String... options) {
        List<String> arguments =
                List.of("generate", "--raw", "--model", model, "--prompt", "One day", "--max-new-tokens", "40");
        Launch launch =
                Launch.ift(Stream.concat(arguments.stream(), Stream.of(options)).toArray(String[]::new));
        assertThat(launch.status()).as(launch.err()).isZero();
        return launch.out();
    }

    @Test
    void aBrokenGuideIsNamedInALine() {
        Launch launch = Launch.ift(
                "generate", "--raw", "--model", model(), "--prompt", "x", "--regex", "(a", "--max-new-tokens", "9");
        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err())
                .contains("regex '(a', char 3: a '(' without ')'")
                .hasLineCount(1);

        launch = Launch.ift("generate", "--raw", "--model", model(), "--prompt", "x", "--json");
        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err()).contains("the model has no token for } {").hasLineCount(1);

        launch = Launch.ift("generate", "--raw", "--model", model(), "--prompt", "x", "--json", "--choice", "a");
        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err()).contains("give one of --json").hasLineCount(1);
    }

    @Test
    void aModelWithoutTemplateSaysWhatToGive() {
        Launch launch = Launch.ift("generate", "--model", model(), "--prompt", "hello");

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err())
                .contains("--chat-template FILE")
                .contains("--raw")
                .hasLineCount(1);
    }

    @Test
    void eachLineFromAPipeIsAnswered() {
        Launch launch = Launch.iftReading(
                "Once upon\n\nThere was\n", "chat", "--raw", "--model", model(), "--max-new-tokens", "3");

        assertThat(launch.status()).isZero();
        assertThat(launch.out()).hasLineCount(2);
    }

    @Test
    void renderPrintsTheExactTextWithoutANewline(@TempDir Path temp) throws IOException {
        Path template = Files.writeString(temp.resolve("chat.jinja"), TEMPLATE);
        Path messages =
                Files.writeString(temp.resolve("messages.json"), "[{\"role\": \"user\", \"content\": \"caf\u00e9?\"}]");

        Launch launch = Launch.ift(
                "render",
                "--model",
                model(),
                "--chat-template",
                template.toString(),
                "--messages",
                messages.toString(),
                "--add-generation-prompt");

        assertThat(launch.out()).isEqualTo("<user> caf\u00e9?\n<assistant>");
        assertThat(launch.status()).isZero();
    }

    @Test
    void brokenMessagesAreNamed(@TempDir Path temp) throws IOException {
        Path messages = Files.writeString(temp.resolve("messages.json"), "[{\"content\": \"hello\"}]");

        Launch launch = Launch.ift("render", "--model", model(), "--messages", messages.toString());

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err())
                .startsWith("ift: " + messages)
                .contains("'role'")
                .hasLineCount(1);
    }

    private static String model() {
        return Shared.path("models/tinystories-656k").toString();
    }
}
