package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ift quantize}. */
class QuantizeTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"q4, 0.2", "q8, 0.3", "bf16, 0.51"})
    void aSmallerModelAnswers(String type, double share) throws IOException {
        Path model = Shared.path("golden/llama/model");
        Path out = temp.resolve("out");

        Launch launch = quantize(model, type, out);

        assertThat(launch.status()).as(launch.err()).isZero();
        assertThat(launch.out()).isEmpty();
        assertThat(launch.err())
                .contains(" weights quantised; ")
                .contains("the model is in " + out)
                .hasLineCount(1);
        assertThat((double) size(out) / size(model)).isLessThan(share);
        Launch answer = Launch.ift("generate", "--model", out.toString(), "--prompt", "hello", "--max-new-tokens", "5");
        assertThat(answer.status()).as(answer.err()).isZero();
        assertThat(answer.out()).isNotBlank();
    }

    @Test
    void anotherModelAndTheModelItselfAreNotOverwritten() {
        Path model = Shared.path("golden/llama/model");
        Path out = temp.resolve("out");
        assertThat(quantize(model, "q4", out).status()).isZero();

        assertRefused(quantize(model, "q8", out), "holds a model that is not I8");
        assertRefused(quantize(Shared.path("golden/gemma/model"), "q4", out), "holds another model");
        assertRefused(quantize(out, "q4", temp.resolve("again")), "its weights are quantised already (Q4)");
        assertRefused(quantize(model, "q4", model), "holds the model itself");
    }

    @Test
    void anUnknownTypeIsWrongUsage() {
        Launch launch = quantize(temp, "q5", temp.resolve("out"));

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err())
                .contains("unknown type 'q5'; available: q4, q8, bf16")
                .hasLineCount(1);
    }

    private static void assertRefused(Launch launch, String message) {
        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err()).startsWith("ift: ").contains(message).hasLineCount(1);
    }

    private static Launch quantize(Path model, String type, Path out) {
        return Launch.ift("quantize", "--model", model.toString(), "--type", type, "--out", out.toString());
    }

    private static long size(Path model) throws IOException {
        return Files.size(model.resolve("model.safetensors"));
    }
}
