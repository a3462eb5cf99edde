package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ift train} by methods that compare answers, and in several stages. */
class PreferenceCommandsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"dpo,", "ipo,", "tdpo,", "orpo,", "simpo,", "kto,", "dpo,2", "tdpo,2", "kto,2"})
    void everyMethodLearnsToPreferTheGoodAnswers(String method, String loraRank) throws IOException {
        Path out = temp.resolve("out");
        List<String> options = new ArrayList<>(List.of("--method", method, "--max-steps", "12", "--lr", "1e-3"));
        if (loraRank != null) {
            options.addAll(List.of("--lora-rank", loraRank));
        }

        Launch launch = train(method.equals("kto") ? ratings() : pairs(), out, options.toArray(String[]::new));

        assertThat(launch.status()).as(launch.err()).isZero();
        List<JsonNode> metrics = metrics(out);
        assertThat(metrics.getLast().path("loss").doubleValue())
                .isLessThan(metrics.getFirst().path("loss").doubleValue());
        assertThat(metrics.getLast().path("rewards/margins").doubleValue())
                .isGreaterThan(metrics.getFirst().path("rewards/margins").doubleValue());
        assertThat(launch.err()).contains(", margin ");
        assertThat(metrics.getLast().has("kl")).isEqualTo(List.of("tdpo", "kto").contains(method));
        assertThat(metrics.getLast().has("log_odds_ratio")).isEqualTo(method.equals("orpo"));
        if (!List.of("orpo", "simpo").contains(method)) {
            assertThat(metrics.getFirst().path("rewards/margins").doubleValue()).isZero();
        }
    }

    @Test
    void theReferenceIsComputedOnceForAModelAndItsData() throws IOException {
        Path out = temp.resolve("out");

        assertThat(train(pairs(), out, "--method", "dpo").err()).contains("of 6 examples were computed");
        assertThat(train(pairs(), out, "--method", "dpo").err())
                .contains("the reference's log-probabilities are those of " + out.resolve("reference-logps.bin"));
        Launch other = train(Files.writeString(temp.resolve("other.jsonl"), pair(7) + pair(8)), out, "--method", "dpo");
        assertThat(other.err()).contains("it was made of other data; the reference is computed again");
        assertThat(other.status()).isZero();
    }

    @Test
    void dataOfTheWrongKindIsRefusedInOneLine() throws IOException {
        Path plain = Files.writeString(temp.resolve("plain.jsonl"), "{\"prompt\":\"a\",\"completion\":\"b\"}\n");

        Launch dpo = train(plain, temp.resolve("out"), "--method", "dpo");
        Launch sft = train(pairs(), temp.resolve("out"), "--method", "sft");

        assertThat(dpo.status()).isEqualTo(1);
        assertThat(dpo.err())
                .startsWith("ift: " + plain + ":1: is an answer without a comparison or a rating")
                .hasLineCount(1);
        assertThat(sft.status()).isEqualTo(1);
        assertThat(sft.err())
                .contains("pairs.jsonl:1: is a preference pair ('chosen', 'rejected'); this method learns from good"
                        + " answers alone")
                .hasLineCount(1);
    }

    @Test
    void pairsThatShowNothingAreTold() throws IOException {
        Path data = Files.writeString(
                temp.resolve("odd.jsonl"),
                pair(1)
                        + "{\"prompt\":\"q\",\"chosen\":\"same\",\"rejected\":\"same\"}\n"
                        + "{\"prompt\":\"q\",\"chosen\":\"yes\",\"rejected\":\"\"}\n");

        Launch launch = train(data, temp.resolve("out"), "--method", "dpo");

        assertThat(launch.status()).as(launch.err()).isZero();
        assertThat(launch.err())
                .contains("2 examples,")
                .contains("1 examples were left out, as both answers are the same, the first is " + data + ":2")
                .contains("1 examples were kept with an answer that says nothing, the first is " + data + ":3");
        assertThat(metrics(temp.resolve("out")).getLast().path("loss").isNumber())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpo", "tdpo"})
    void twoStagesInOneRunAreTwoRuns(String method) throws IOException {
        Path first = temp.resolve("first");
        Path second = temp.resolve("second");
        Path both = temp.resolve("both");
        train(answers(), first, "--method", "sft", "--max-steps", "3");
        Launch.ift(arguments(first, pairs(), second, "--method", method, "--max-steps", "4"));

        Launch launch = train(
                answers(),
                both,
                "--method",
                "sft",
                "--max-steps",
                "3",
                "--then",
                "--method",
                method,
                "--data",
                pairs().toString(),
                "--max-steps",
                "4");

        assertThat(launch.status()).as(launch.err()).isZero();
        assertThat(both.resolve("model.safetensors")).hasSameBinaryContentAs(second.resolve("model.safetensors"));
        assertThat(metrics(both)).hasSize(4);
        assertThat(metrics(both.resolve("stage-1-sft"))).hasSize(3);
        assertThat(both.resolve("stage-1-sft").resolve("training.json")).exists();
    }

    @Test
    void stagesResumeToTheSameBytesUnderAnAdapterToo() throws IOException {
        String[] options = {
            "--method",
            "sft",
            "--max-steps",
            "4",
            "--save-every",
            "2",
            "--lora-rank",
            "2",
            "--then",
            "--method",
            "tdpo",
            "--data",
            pairs().toString()
        };
        Path whole = temp.resolve("whole");
        train(answers(), whole, options);
        Path resumed = temp.resolve("resumed");
        train(answers(), resumed, options);
        Files.delete(resumed.resolve("adapter_model.safetensors"));
        List<String> again = new ArrayList<>(Arrays.asList(options));
        again.addFirst("--resume");

        Launch launch = train(answers(), resumed, again.toArray(String[]::new));

        assertThat(launch.status()).as(launch.err()).isZero();
        assertThat(launch.err()).contains("going on after step 4");
        assertThat(resumed.resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("adapter_model.safetensors"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --then --data d.jsonl               | --then needs the --method of the next stage
        --then --method dpo --lora-rank 4   | --lora-rank is for the whole run; give it before --then
        --then --method dpo --beta 0        | beta must be a number above 0, was 0.0
        --verbose --then --method dpo --margin 1 | --margin is for method simpo, this is dpo
        --then --method dpo --nonsense      | after --then: Unknown option: '--nonsense'
        --then --method dpo --margin 1      | --margin is for method simpo, this is dpo
        --then --method sft --then          | --then needs the --method of the next stage
        """)
    void wrongStagesAreRefusedInOneLine(String options, String message) {
        Launch launch = Launch.ift(("train --model m --data d.jsonl --out o " + options).split(" "));

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err()).startsWith("ift: ").contains(message).hasLineCount(1);
    }

    @Test
    void inspectShowsBothAnswersOfAPair() throws IOException {
        Launch launch = Launch.ift("inspect", "--json", "--model", model().toString(), "--data", pairs().toString());

        List<JsonNode> lines = new ArrayList<>();
        for (String line : launch.out().lines().toList()) {
            lines.add(MAPPER.readTree(line));
        }
        assertThat(lines).hasSize(12);
        assertThat(lines.get(0).path("text").textValue()).contains("good 1");
        assertThat(lines.get(0).path("desirable").booleanValue()).isTrue();
        assertThat(lines.get(1).path("text").textValue()).contains("bad 1");
        assertThat(lines.get(1).path("desirable").booleanValue()).isFalse();
    }

    private Launch train(Path data, Path out, String... options) throws IOException {
        return Launch.ift(arguments(model(), data, out, options));
    }

    /** What is not among the options: batches of 3, two steps, a learning rate that moves so small a model. */
    private static String[] arguments(Path model, Path data, Path out, String... options) {
        List<String> arguments = new ArrayList<>(List.of("train", "--model", model.toString()));
        arguments.addAll(List.of("--data", data.toString(), "--out", out.toString(), "--batch-size", "3"));
        List<String> own = Arrays.asList(options);
        if (!own.contains("--max-steps")) {
            arguments.addAll(List.of("--max-steps", "2"));
        }
        if (!own.contains("--lr")) {
            arguments.addAll(List.of("--lr", "3e-4"));
        }
        arguments.addAll(own);
        return arguments.toArray(String[]::new);
    }

    private static Path model() {
        return Shared.path("golden/llama").resolve("model");
    }

    private Path pairs() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 6; i++) {
            lines.append(pair(i));
        }
        return Files.writeString(temp.resolve("pairs.jsonl"), lines);
    }

    private static String pair(int i) {
        return "{\"prompt\":\"%d?\",\"chosen\":\"good %d\",\"rejected\":\"bad %d, and more\"}\n".formatted(i, i, i);
    }

    private Path ratings() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 6; i++) {
            lines.append(
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"%d?\"},{\"role\":\"assistant\",\"content\":\"%s %d\"}],\"label\":%s}\n"
                            .formatted(i, i % 2 == 0 ? "good" : "bad", i, i % 2 == 0));
        }
        return Files.writeString(temp.resolve("ratings.jsonl"), lines);
    }

    private Path answers() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 6; i++) {
            lines.append("{\"prompt\":\"%d?\",\"completion\":\"good %d\"}\n".formatted(i, i));
        }
        return Files.writeString(temp.resolve("answers.jsonl"), lines);
    }

    private static List<JsonNode> metrics(Path out) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(out.resolve("metrics.jsonl"))) {
            lines.add(MAPPER.readTree(line));
        }
        return lines;
    }
}
