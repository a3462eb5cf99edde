package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ift train --lora-rank}, {@code ift merge} and {@code --adapter}. */
class AdapterCommandsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2", "mixtral"})
    void anAdapterLearnsAndMergesIntoTheSameModel(String architecture) throws IOException {
        Path golden = Shared.path("golden/" + architecture);
        Path model = golden.resolve("model");
        Path adapter = temp.resolve("adapter");
        Launch train = train(golden, adapter);
        assertThat(train.status()).as(train.err()).isZero();
        assertThat(adapter.resolve("adapter_model.safetensors")).exists();
        assertThat(adapter.resolve("model.safetensors")).doesNotExist();
        JsonNode config = MAPPER.readTree(adapter.resolve("adapter_config.json").toFile());
        assertThat(config.path("r").intValue()).isEqualTo(8);
        assertThat(config.path("lora_alpha").doubleValue()).isEqualTo(16);
        assertThat(config.path("fan_in_fan_out").booleanValue()).isEqualTo(architecture.equals("gpt2"));

        JsonNode provenance = MAPPER.readTree(adapter.resolve("training.json").toFile());
        assertThat(provenance.path("adapter").path("r").intValue()).isEqualTo(8);
        assertThat(provenance.path("adapter").path("target_modules").asText()).isEqualTo("all-linear");

        Path merged = temp.resolve("merged");
        Launch merge = Launch.ift(
                "merge", "--model", model.toString(), "--adapter", adapter.toString(), "--out", merged.toString());
        assertThat(merge.status()).as(merge.err()).isZero();
        Matcher difference = Pattern.compile("layers merged; the logits differ by at most ([0-9.e-]+) of the largest")
                .matcher(merge.err());
        assertThat(difference.find()).isTrue();
        assertThat(Double.parseDouble(difference.group(1))).isLessThanOrEqualTo(1e-5);

        double before = nll(golden, "--model", model.toString());
        double adapted = nll(golden, "--model", model.toString(), "--adapter", adapter.toString());
        double whole = nll(golden, "--model", merged.toString());
        assertThat(adapted).isLessThan(before - 0.5);
        assertThat(whole).isCloseTo(adapted, within(1e-5 * adapted));
        assertThat(answer("--model", merged.toString()))
                .isEqualTo(answer("--model", model.toString(), "--adapter", adapter.toString()));
    }

    @Test
    void aResumedAdapterEndsWithTheSameBytesDropoutIncluded() throws IOException {
        Path golden = Shared.path("golden/llama");
        Path whole = temp.resolve("whole");
        Path resumed = temp.resolve("resumed");
        train(golden, whole, "--lora-dropout", "0.2", "--save-every", "4");
        train(golden, resumed, "--lora-dropout", "0.2", "--save-every", "4");
        Files.delete(resumed.resolve("adapter_model.safetensors"));

        Launch launch = train(golden, resumed, "--lora-dropout", "0.2", "--save-every", "4", "--resume");

        assertThat(launch.status()).isZero();
        assertThat(launch.err()).contains("going on after step 8");
        assertThat(resumed.resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("adapter_model.safetensors"));
    }

    @Test
    void unknownTargetsAreRefusedWithTheNamesThatThereAre() {
        Path golden = Shared.path("golden/llama");

        Launch launch = train(golden, temp.resolve("out"), "--lora-targets", "c_attn");

        assertThat(launch.status()).isEqualTo(1);
        assertThat(launch.err()).contains("c_attn").contains("q_proj").hasLineCount(1);
    }

    private static Launch train(Path golden, Path out, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--model",
                golden.resolve("model").toString(),
                "--data",
                golden.resolve("train.jsonl").toString(),
                "--out",
                out.toString(),
                "--lora-rank",
                "8",
                "--lr",
                "5e-3",
                "--batch-size",
                "4",
                "--max-steps",
                "10"));
        arguments.addAll(List.of(more));
        return Launch.ift(arguments.toArray(String[]::new));
    }

    private static double nll(Path golden, String... model) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("eval", "--data", golden.resolve("train.jsonl") + ""));
        arguments.addAll(List.of(model));
        Launch launch = Launch.ift(arguments.toArray(String[]::new));
        assertThat(launch.status()).as(launch.err()).isZero();
        return MAPPER.readTree(launch.out()).path("nll").doubleValue();
    }

    private static String answer(String... model) {
        List<String> arguments = new ArrayList<>(
                List.of("generate", "--prompt", "hello", "--temperature", "0", "--max-new-tokens", "12"));
        arguments.addAll(List.of(model));
        Launch launch = Launch.ift(arguments.toArray(String[]::new));
        assertThat(launch.status()).as(launch.err()).isZero();
        return launch.out();
    }
}
