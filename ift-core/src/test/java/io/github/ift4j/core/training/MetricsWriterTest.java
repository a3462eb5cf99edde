package io.github.ift4j.core.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.SupervisedFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.BigramPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsWriterTest {
    @TempDir
    Path folder;

    private final Workers workers = new Workers(1);
    private final BigramPolicy policy = Trainings.policy();
    private final Trainings.Recorder recorder = new Trainings.Recorder();

    @AfterEach
    void close() {
        policy.close();
        workers.close();
    }

    @Test
    void writesOneObjectAStepWithAllDigits() throws IOException {
        trainer(6).build().train();

        List<JsonNode> lines = lines("metrics.jsonl");
        assertThat(lines).hasSize(6);
        for (int i = 0; i < 6; i++) {
            StepMetrics step = recorder.steps.get(i);
            JsonNode line = lines.get(i);
            assertThat(line.get("step").longValue()).isEqualTo(i + 1);
            assertThat(line.get("loss").doubleValue()).isEqualTo(step.loss());
            assertThat(line.get("grad_norm").doubleValue()).isEqualTo(step.gradientNorm());
            assertThat(line.get("lr").doubleValue()).isEqualTo(step.learningRate());
            assertThat(line.get("lambda").doubleValue()).isEqualTo(0.2);
            assertThat(line.get("tokens").longValue()).isEqualTo(step.tokens());
            assertThat(line.get("tokens_per_second").doubleValue()).isPositive();
            assertThat(line.get("nll").doubleValue()).isPositive();
        }
    }

    @Test
    void methodsWithoutResidualHaveNoLambda() throws IOException {
        trainer(1).objective(new SupervisedFineTuning()).build().train();

        assertThat(lines("metrics.jsonl").getFirst().has("lambda")).isFalse();
    }

    @Test
    void evaluationsHaveAFileOfTheirOwn() throws IOException {
        trainer(3).evaluationData(Trainings.dataset(4)).build().train();

        JsonNode line = lines("evaluation.jsonl").getFirst();
        assertThat(line.get("step").longValue()).isEqualTo(3);
        assertThat(line.get("perplexity").doubleValue())
                .isEqualTo(Math.exp(line.get("nll").doubleValue()));
    }

    @Test
    void aFreshTrainingStartsAFreshFile() throws IOException {
        trainer(6).build().train();
        trainer(2).build().train();

        assertThat(lines("metrics.jsonl")).hasSize(2);
    }

    @Test
    void resumingKeepsTheStepsOfTheCheckpointOnly() throws IOException {
        trainer(6).build().train();
        List<JsonNode> whole = lines("metrics.jsonl");
        // What a kill in the middle of the next line leaves: the checkpoint is of step 4, there is half a line of step
        // 7.
        Files.writeString(folder.resolve("metrics.jsonl"), "{\"step\":7,\"lo", StandardOpenOption.APPEND);
        Files.delete(folder.resolve("checkpoints/step-6/state.bin"));

        trainer(6).resume(true).build().train();

        List<JsonNode> resumed = lines("metrics.jsonl");
        assertThat(resumed).extracting(line -> line.get("step").intValue()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(resumed)
                .extracting(line -> line.get("loss").doubleValue())
                .containsExactlyElementsOf(whole.stream()
                        .map(line -> line.get("loss").doubleValue())
                        .toList());
    }

    @Test
    void anUnwritableFileEndsInOneLine() throws IOException {
        Files.createDirectory(folder.resolve("metrics.jsonl"));
        Files.writeString(folder.resolve("metrics.jsonl/x"), "");

        assertThatThrownBy(() -> trainer(1).build().train())
                .isInstanceOf(TrainingException.class)
                .hasMessageStartingWith(folder.resolve("metrics.jsonl") + ": cannot be written (")
                .message()
                .doesNotContain("\n");
    }

    private List<JsonNode> lines(String name) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> lines = new java.util.ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(name))) {
            lines.add(mapper.readTree(line));
        }
        return lines;
    }

    private Trainer.Builder trainer(long steps) {
        return Trainer.builder()
                .policy(policy)
                .objective(IntuitiveFineTuning.withDefaults())
                .data(Trainings.dataset(10))
                .config(TrainingConfig.builder()
                        .batchSize(4)
                        .maxSteps(steps)
                        .learningRate(1e-3)
                        .saveEvery(2)
                        .build())
                .workers(workers)
                .checkpoints(folder.resolve("checkpoints"))
                .listener(recorder)
                .listener(new MetricsWriter(folder));
    }
}
