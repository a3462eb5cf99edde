package io.github.ift4j.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class BenchTest {
    @Test
    void generationIsMeasuredOverAllStreamsInOneLine() throws JsonProcessingException {
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
}
