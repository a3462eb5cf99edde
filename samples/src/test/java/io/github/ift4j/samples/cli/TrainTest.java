package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.GemmChoice;
import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ift train}; {@link GoldenModelsTest} compares its numbers with PyTorch's. */
class TrainTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path temp;

    @Test
    void theResultIsAModelThatEvaluatesBetterThanItsBase() throws IOException {
        Path golden = Shared.path("golden/llama");
        Path out = temp.resolve("out");
        Launch.ift(arguments(golden, out, "ift", 10));

        double before = nll(golden.resolve("model"), golden);
        double after = nll(out, golden);

        assertThat(after).isLessThan(before - 1);
        assertThat(out.resolve("training.json")).exists();
        assertThat(out.resolve("tokenizer.json")).exists();
    }

    @Test
    void aResumedTrainingEndsWithTheSameBytes() throws IOException {
        Path golden = Shared.path("golden/llama");
        Path whole = temp.resolve("whole");
        Path resumed = temp.resolve("resumed");
        Launch.ift(with(arguments(golden, whole, "ift", 6), "--save-every", "4"));
        Launch.ift(with(arguments(golden, resumed, "ift", 6), "--save-every", "4"));
        Files.delete(resumed.resolve("model.safetensors"));

        Launch launch = Launch.ift(with(arguments(golden, resumed, "ift", 6), "--save-every", "4", "--resume"));

        assertThat(launch.status()).isZero();
        assertThat(launch.err()).contains("going on after step 4");
        assertThat(resumed.resolve("model.safetensors")).hasSameBinaryContentAs(whole.resolve("model.safetensors"));
        assertThat(metrics(resumed)).hasSize(6);
    }

    @Test
    void theProductsAreOnRecordAndAResumedTrainingKeepsThem() throws IOException {
        assumeOneDnn();
        Path golden = Shared.path("golden/llama");
        Path plain = temp.resolve("plain");
        Path rounded = temp.resolve("rounded");
        Launch.ift(with(arguments(golden, plain, "ift", 4), "--save-every", "2"));
        Launch.ift(with(arguments(golden, rounded, "ift", 4), "--save-every", "2", "--gemm", "onednn"));

        Launch launch = Launch.ift(
                with(arguments(golden, plain, "ift", 4), "--save-every", "2", "--resume", "--gemm", "onednn"));

        assertThat(products(plain)).isEqualTo("vector");
        assertThat(products(rounded)).isEqualTo("onednn");
        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err()).contains("gemm");
    }

    /** Skips the calling test where oneDNN has no products in bfloat16. */
    private static void assumeOneDnn() {
        try (Workers workers = new Workers(1);
                Gemm gemm = GemmChoice.ONEDNN.open(workers)) {
            Assumptions.assumeTrue(gemm.name().startsWith("onednn"));
        } catch (IllegalStateException e) {
            Assumptions.abort(e.getMessage());
        }
    }

    @Test
    void activationsThatAreComputedAgainGiveTheSameBytes() throws IOException {
        Path golden = Shared.path("golden/llama");
        Path stored = temp.resolve("stored");
        Path recomputed = temp.resolve("recomputed");
        Launch.ift(arguments(golden, stored, "ift", 3));

        Launch launch = Launch.ift(with(arguments(golden, recomputed, "ift", 3), "--recompute"));

        assertThat(launch.status()).isZero();
        assertThat(recomputed.resolve("model.safetensors")).hasSameBinaryContentAs(stored.resolve("model.safetensors"));
    }

    @Test
    void aConfigFileHoldsOptionsAndTheCommandLineGoesFirst() throws IOException {
        Path golden = Shared.path("golden/llama");
        Path config = Files.writeString(
                temp.resolve("run.yaml"), """
                    model: %s
                    data: [%s]
                    lr: 1e-3
                    max-steps: 9
                    batch-size: 4
                    no-shuffle: true
                    """.formatted(golden.resolve("model"), golden.resolve("train.jsonl")));
        Path out = temp.resolve("out");

        Launch launch = Launch.ift(
                "--verbose", "train", "--config", config.toString(), "--out", out.toString(), "--max-steps", "2");

        assertThat(launch.status()).isZero();
        assertThat(metrics(out)).hasSize(2);
        assertThat(metrics(out).getFirst().path("tokens").intValue()).isEqualTo(74);
    }

    @Test
    void theModelItselfIsNotOverwrittenByWhateverName() throws IOException {
        Path golden = Shared.path("golden/llama");
        Path link = Files.createSymbolicLink(temp.resolve("link"), golden.resolve("model"));

        for (Path out : List.of(golden.resolve("model"), link)) {
            Launch launch = Launch.ift(arguments(golden, out, "ift", 1));

            assertThat(launch.status()).isEqualTo(1);
            assertThat(launch.err()).contains(out + ": holds the model itself").hasLineCount(1);
        }
    }

    @Test
    void anIdOutsideTheVocabularyIsNamedWithItsLine() throws IOException {
        Path golden = Shared.path("golden/llama");
        Path data = Files.writeString(
                temp.resolve("bad.jsonl"),
                "{\"input_ids\": [1, 2], \"labels\": [-100, 2]}\n"
                        + "{\"input_ids\": [1, 99999], \"labels\": [-100, 99999]}\n");

        Launch launch = Launch.ift(
                "train",
                "--model",
                golden.resolve("model").toString(),
                "--data",
                data.toString(),
                "--out",
                temp.resolve("out").toString());

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err()).contains("bad.jsonl:2").contains("99999").hasLineCount(1);
        assertThat(temp.resolve("out/model.safetensors")).doesNotExist();
    }

    private static String products(Path out) throws IOException {
        return MAPPER.readTree(out.resolve("training.json").toFile())
                .path("gemm")
                .asText();
    }

    private static double nll(Path model, Path golden) throws IOException {
        Launch launch = Launch.ift(
                "eval",
                "--model",
                model.toString(),
                "--data",
                golden.resolve("train.jsonl").toString());
        JsonNode report = MAPPER.readTree(launch.out());
        assertThat(report.path("perplexity").doubleValue())
                .isCloseTo(Math.exp(report.path("nll").doubleValue()), within(1e-9));
        return report.path("nll").doubleValue();
    }

    private static List<JsonNode> metrics(Path out) throws IOException {
        List<JsonNode> steps = new ArrayList<>();
        for (String line : Files.readAllLines(out.resolve("metrics.jsonl"))) {
            steps.add(MAPPER.readTree(line));
        }
        return steps;
    }

    private static String[] arguments(Path golden, Path out, String method, int steps) {
        String line = "train --method " + method + (method.equals("ift") ? " --lambda 0.2 --gamma 0.95" : "")
                + " --optimizer rmsprop --lr 1e-3 "
                + "--schedule cosine --warmup-steps 1 --batch-size 4 --max-grad-norm 1.0 --no-shuffle --max-steps "
                + steps;
        return with(
                line.split(" "),
                "--model",
                golden.resolve("model").toString(),
                "--data",
                golden.resolve("train.jsonl").toString(),
                "--out",
                out.toString());
    }

    private static String[] with(String[] arguments, String... more) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }
}
