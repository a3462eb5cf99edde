package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyModelTest {
    @Test
    void hasAtMostAMillionParameters() {
        // Embeddings 1024 x 128; a layer: queries and output 128 x 128, keys and values 64 x 128, three times 128 x
        // 384, two norms.
        long layer = 2 * 128 * 128 + 2 * 64 * 128 + 3 * 128 * 384 + 2 * 128;

        assertThat(TinyModel.parameters())
                .isEqualTo(1024 * 128 + 4 * layer + 128)
                .isLessThanOrEqualTo(1_000_000);
    }

    @Test
    void startsFromTheSameSmallWeights() {
        Map<String, float[]> weights = TinyModel.initialWeights(7);

        assertThat(weights).containsOnlyKeys(TinyModel.shapes().keySet());
        assertThat(weights.get("model.norm.weight")).containsOnly(1);
        float[] embeddings = weights.get("model.embed_tokens.weight");
        assertThat(embeddings).isEqualTo(TinyModel.initialWeights(7).get("model.embed_tokens.weight"));
        assertThat(embeddings).isNotEqualTo(TinyModel.initialWeights(8).get("model.embed_tokens.weight"));
        assertThat(embeddings).hasSize(1024 * 128);
        float largest = 0;
        for (float value : embeddings) {
            largest = Math.max(largest, Math.abs(value));
        }
        // Three to six deviations of 0.02: among so many numbers the largest lies there but for one case in a thousand.
        assertThat(largest).isBetween(0.06f, 0.12f);
    }

    @Test
    void configuresTokensThatEndATurn(@TempDir Path directory) throws IOException {
        TinyModel.writeConfig(directory);

        JsonNode config =
                new ObjectMapper().readTree(directory.resolve("config.json").toFile());
        JsonNode generation = new ObjectMapper()
                .readTree(directory.resolve("generation_config.json").toFile());
        assertThat(config.path("eos_token_id").intValue()).isEqualTo(SpecialToken.END.id());
        assertThat(generation.path("eos_token_id").intValue()).isEqualTo(SpecialToken.END.id());
        assertThat(config.path("vocab_size").intValue()).isEqualTo(TinyModel.VOCABULARY);
    }
}
