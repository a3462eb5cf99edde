package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ift inspect}; {@link TrainingCostTest} checks what it estimates. */
class InspectTest {
    @TempDir
    private Path temp;

    @Test
    void aQuantisedModelIsEstimatedAsTheBaseOfAnAdapter() {
        Path golden = Shared.path("golden/llama");
        Path quantised = temp.resolve("quantised");
        Launch quantise = Launch.ift(
                "quantize",
                "--model",
                golden.resolve("model").toString(),
                "--type",
                "q8",
                "--out",
                quantised.toString());
        assertThat(quantise.status()).as(quantise.err()).isZero();

        Launch adapter = inspect(quantised, golden, "--lora-rank", "2");
        Launch whole = inspect(quantised, golden);

        assertThat(adapter.status()).as(adapter.err()).isZero();
        assertThat(adapter.out()).containsPattern("memory +about [0-9,]+ MiB beside the Java heap");
        assertThat(whole.status()).isEqualTo(1);
        assertThat(whole.err()).contains("quantised").contains("LoRA").hasLineCount(1);
    }

    @Test
    void recordsOfOneLineKeepTheirTexts() throws IOException {
        Path golden = Shared.path("golden/llama");
        Path data = Files.writeString(
                temp.resolve("data.json"),
                "[{\"prompt\":\"a\",\"completion\":\"x\"},{\"prompt\":\"b\",\"completion\":\"y\"}]");

        Launch launch = Launch.ift(
                "inspect", "--json", "--raw", "--model", golden.resolve("model").toString(), "--data", data.toString());

        assertThat(launch.status()).as(launch.err()).isZero();
        List<String> lines = launch.out().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).startsWith("{\"text\":\"a");
        assertThat(lines.getLast()).startsWith("{\"text\":\"b");
    }

    private static Launch inspect(Path model, Path golden, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("inspect", "--model", model.toString(), "--data", golden + "/train.jsonl"));
        arguments.addAll(List.of(more));
        return Launch.ift(arguments.toArray(String[]::new));
    }
}
