package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.samples.Shared;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code ift bench} on a small model. */
class BenchTest {
    @Test
    void theReportSaysHowTheStepsWereComputed() throws IOException {
        JsonNode plain = bench();
        JsonNode frugal = bench("--recompute", "--lora-rank", "2");

        assertThat(plain.path("recompute").asBoolean()).isFalse();
        assertThat(plain.path("gemm").asText()).isEqualTo("vector");
        double gflops = plain.path("gflops").asDouble();
        assertThat(gflops).isPositive();
        assertThat(plain.path("peak_gflops").asDouble()).isGreaterThan(gflops);
        assertThat(plain.path("share_of_peak").asDouble())
                .isCloseTo(gflops / plain.path("peak_gflops").asDouble(), within(1e-6));
        assertThat(plain.has("lora_rank")).isFalse();
        assertThat(frugal.has("share_of_peak"))
                .as("an adapter's operations are not counted")
                .isFalse();
        assertThat(frugal.path("recompute").asBoolean()).isTrue();
        assertThat(frugal.path("lora_rank").asInt()).isEqualTo(2);
        assertThat(frugal.path("seconds_per_step").asDouble()).isPositive();
    }

    @Test
    void theReportNamesTheProductsThatAutoHasLedTo() throws IOException {
        assertThat(bench("--gemm", "auto").path("gemm").asText()).isIn("vector", "onednn");
    }

    @Test
    void productsThatDoNotExistAreWrongUsage() {
        Launch launch = Launch.ift("bench", "--shape", "15m", "--gemm", "abacus");

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err())
                .startsWith("ift: unknown gemm 'abacus'; available: vector, onednn, auto")
                .hasLineCount(1);
    }

    @Test
    void anAdapterWithoutARankIsWrongUsage() {
        Launch launch = Launch.ift("bench", "--shape", "15m", "--lora-rank", "0");

        assertThat(launch.status()).isEqualTo(2);
        assertThat(launch.err()).startsWith("ift: ").hasLineCount(1);
    }

    @Test
    void generationIsMeasuredOverAllStreamsInOneLine() throws IOException {
        Launch launch = Launch.ift(
                "bench --generate --shape 15m --prompt-tokens 12 --new-tokens 4 --streams 3 --steps 3".split(" "));

        assertThat(launch.status()).as(launch.err()).isZero();
        assertThat(launch.out()).hasLineCount(1);
        JsonNode report = new ObjectMapper().readTree(launch.out());
        assertThat(report.get("streams").asInt()).isEqualTo(3);
        assertThat(report.get("prompt_tokens").asInt()).isEqualTo(12);
        assertThat(report.get("new_tokens").asInt()).isEqualTo(4);
        assertThat(report.get("threads").asInt()).isPositive();
        assertThat(report.get("prefill_tokens_per_second").asDouble()).isPositive();
        assertThat(report.get("decode_tokens_per_second").asDouble()).isPositive();
    }

    @Test
    void theFormatOfTheWeightsIsChosen() throws IOException {
        Launch launch = Launch.ift(
                "bench",
                "--generate",
                "--shape",
                "5m",
                "--prompt-tokens",
                "4",
                "--new-tokens",
                "3",
                "--steps",
                "3",
                "--weights",
                "q8");

        assertThat(launch.status()).as(launch.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(launch.out());
        assertThat(report.get("weights").asText()).isEqualTo("q8");
        assertThat(report.get("read_gb_per_second").asDouble()).isPositive();
        assertThat(report.get("share_of_bandwidth").asDouble())
                .isCloseTo(
                        report.get("decode_tokens_per_second").asDouble()
                                * report.get("weight_mb_per_token").asDouble()
                                * 1e-3
                                / report.get("read_gb_per_second").asDouble(),
                        within(1e-9));

        assertThat(Launch.ift("bench", "--shape", "5m", "--weights", "q8").err())
                .contains("--weights needs --shape and either --generate or --lora-rank");
        assertThat(Launch.ift("bench", "--generate", "--shape", "5m", "--weights", "q5")
                        .err())
                .contains("--weights must be f32, bf16, q8 or q4, was 'q5'");
    }

    @Test
    void aLaterTurnIsMeasuredBesideTheFirst() throws IOException {
        Launch launch = Launch.ift("bench --generate --shape 5m --history 100 --prompt-tokens 20 --steps 3".split(" "));

        assertThat(launch.status()).as(launch.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(launch.out());
        assertThat(report.get("history_tokens").asInt()).isEqualTo(100);
        assertThat(report.get("prompt_tokens").asInt()).isEqualTo(20);
        assertThat(report.get("later_over_first").asDouble())
                .isCloseTo(
                        report.get("later_turn_seconds").asDouble()
                                / report.get("first_turn_seconds").asDouble(),
                        within(1e-9))
                .isPositive();

        assertThat(Launch.ift("bench", "--shape", "5m", "--history", "100").err())
                .contains("--history needs --generate");
    }

    @Test
    void theFormatOfAnAdaptersBaseIsChosen() throws IOException {
        Launch launch =
                Launch.ift("bench --shape 5m --batch 1 --length 8 --steps 3 --lora-rank 2 --weights q4".split(" "));

        assertThat(launch.status()).as(launch.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(launch.out());
        assertThat(report.get("weights").asText()).isEqualTo("q4");
        assertThat(report.get("lora_rank").asInt()).isEqualTo(2);
    }

    @Test
    void guidedAnswersAreMeasuredBesideFreeOnes() throws IOException {
        Launch launch = Launch.ift(
                "bench --generate --guided --shape 5m --prompt-tokens 4 --new-tokens 64 --steps 3".split(" "));

        assertThat(launch.status()).as(launch.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(launch.out());
        assertThat(report.get("guided_share").asDouble())
                .isCloseTo(
                        report.get("guided_tokens_per_second").asDouble()
                                / report.get("decode_tokens_per_second").asDouble(),
                        within(1e-9));
        assertThat(Launch.ift("bench", "--shape", "5m", "--guided").err())
                .contains("--guided needs --generate and --shape");
    }

    @Test
    void aDraftsProposalsAreCounted() throws IOException {
        String model = Shared.path("models/tinystories-656k").toString();
        Launch launch = Launch.ift(
                "bench",
                "--generate",
                "--model",
                model,
                "--draft",
                model,
                "--prompt-tokens",
                "12",
                "--new-tokens",
                "20",
                "--steps",
                "3");

        assertThat(launch.status()).as(launch.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(launch.out());
        assertThat(report.get("accepted_tokens").asInt())
                .isEqualTo(report.get("drafted_tokens").asInt())
                .isGreaterThan(12);
        assertThat(Launch.ift("bench", "--shape", "15m", "--draft-shape", "15m").err())
                .contains("--draft and --draft-shape need --generate");
    }

    private static JsonNode bench(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("bench", "--model", Shared.path("golden/llama/model").toString()));
        arguments.addAll(List.of("--batch", "1", "--length", "8", "--steps", "3"));
        arguments.addAll(List.of(more));
        Launch launch = Launch.ift(arguments.toArray(String[]::new));
        assertThat(launch.status()).as(launch.err()).isZero();
        return new ObjectMapper().readTree(launch.out());
    }
}
