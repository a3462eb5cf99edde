package io.github.ift4j.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.BigramPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvenanceWriterTest {
    @TempDir
    Path folder;

    @Test
    void tellsWhereTheModelComesFromAndHowItWasMade() throws IOException {
        Path base = Files.writeString(folder.resolve("model.safetensors"), "abc");
        Path data = Files.writeString(folder.resolve("data.jsonl"), "");

        train(
                IntuitiveFineTuning.withDefaults(),
                new ProvenanceWriter(folder.resolve("training.json"), List.of(base), List.of(data), Map.of("seed", 1)));

        JsonNode written =
                new ObjectMapper().readTree(folder.resolve("training.json").toFile());
        assertThat(written.at("/base/0/file").textValue()).isEqualTo(base.toString());
        assertThat(written.at("/base/0/bytes").intValue()).isEqualTo(3);
        // FIPS 180-2, example of SHA-256 for "abc".
        assertThat(written.at("/base/0/sha256").textValue())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(written.at("/data_files/0/sha256").textValue()).hasSize(64);
        assertThat(written.at("/seed").intValue()).isEqualTo(1);
        assertThat(written.at("/versions/java").textValue()).startsWith("25");
        assertThat(written.at("/method/name").textValue()).isEqualTo("IntuitiveFineTuning");
        assertThat(written.at("/method/settings/temporalResidual/lambda").doubleValue())
                .isEqualTo(0.2);
        assertThat(written.at("/method/settings/propagation/gamma").doubleValue())
                .isEqualTo(0.95);
        assertThat(written.at("/optimizer/settings/alpha").doubleValue()).isEqualTo(0.99);
        assertThat(written.at("/config/maxSteps").intValue()).isEqualTo(2);
        assertThat(written.at("/data/examples").intValue()).isEqualTo(10);
        assertThat(written.at("/parameters").intValue()).isEqualTo(110);
        assertThat(written.at("/result/steps").intValue()).isEqualTo(2);
        assertThat(written.at("/result/loss").doubleValue()).isPositive();
        assertThat(written.at("/result/eval_nll").doubleValue()).isPositive();
    }

    @Test
    void methodsWithoutSettingsAreNamed() throws IOException {
        train(
                new SupervisedFineTuning(),
                new ProvenanceWriter(folder.resolve("training.json"), List.of(), List.of(), Map.of()));

        assertThat(new ObjectMapper()
                        .readTree(folder.resolve("training.json").toFile())
                        .at("/method/name")
                        .textValue())
                .isEqualTo("SupervisedFineTuning");
    }

    @Test
    void aFileThatIsNotThereIsReported() {
        assertThatThrownBy(() -> new ProvenanceWriter(
                        folder.resolve("training.json"), List.of(folder.resolve("none")), List.of(), Map.of()))
                .isInstanceOf(TrainingException.class)
                .hasMessageStartingWith(folder.resolve("none") + ": cannot be read (");
    }

    private static void train(Objective objective, TrainingListener listener) {
        try (Workers workers = new Workers(1);
                BigramPolicy policy = Trainings.policy()) {
            Trainer.builder()
                    .policy(policy)
                    .objective(objective)
                    .data(Trainings.dataset(10))
                    .config(TrainingConfig.builder().maxSteps(2).build())
                    .evaluationData(Trainings.dataset(3))
                    .workers(workers)
                    .listener(listener)
                    .build()
                    .train();
        }
    }
}
