package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ift4j.jlama.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerationDefaultsTest {
    @TempDir
    private Path directory;

    @Test
    void withoutAFileTheMostProbableTokenIsTaken() {
        assertThat(GenerationDefaults.read(directory)).isEqualTo(GenerationDefaults.GREEDY);
    }

    @Test
    void aModelThatSamplesNamesItsParameters() throws IOException {
        write("""
            {"do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.9, "min_p": 0.05,
             "repetition_penalty": 1.1, "max_new_tokens": 100}\
            """);

        GenerationDefaults defaults = GenerationDefaults.read(directory);

        assertThat(defaults.sampling())
                .isEqualTo(SamplingParameters.ofTemperature(0.6)
                        .withTopK(20)
                        .withTopP(0.9)
                        .withMinP(0.05)
                        .withRepetitionPenalty(1.1));
        assertThat(defaults.maxNewTokens()).hasValue(100);
    }

    @Test
    void withoutDoSampleTheParametersOfSamplingAreIgnored() throws IOException {
        write("{\"temperature\": 0.6, \"top_p\": 0.9, \"eos_token_id\": 7}");

        GenerationDefaults defaults = GenerationDefaults.read(directory);

        assertThat(defaults).isEqualTo(GenerationDefaults.GREEDY);
    }

    @Test
    void huggingFacesTopKHoldsWhereTheFileNamesNone() throws IOException {
        write("{\"do_sample\": true}");

        assertThat(GenerationDefaults.read(directory).sampling())
                .isEqualTo(SamplingParameters.ofTemperature(1).withTopK(50));
    }

    @Test
    void valuesOutOfRangeAndBrokenFilesAreNamed() throws IOException {
        write("{\"do_sample\": true, \"top_p\": 1.5}");
        assertRefused("topP must be above 0 and at most 1 (1 keeps all tokens), was 1.5");
        write("{\"max_new_tokens\": 0}");
        assertRefused("maxNewTokens must be at least 1, was 0");
        write("{\"do_sample\": ");
        assertRefused("cannot be read as JSON");
        write("[]");
        assertRefused("not a JSON object");
        write(" ".repeat((1 << 20) + 1));
        assertRefused("longer than 1048576 bytes");
    }

    private void assertRefused(String reason) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> GenerationDefaults.read(directory))
                .withMessageContaining("generation_config.json: ")
                .withMessageContaining(reason)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    private void write(String json) throws IOException {
        Files.writeString(directory.resolve("generation_config.json"), json);
    }
}
