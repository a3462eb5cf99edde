package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.fuzz.Fuzz;
import io.github.ift4j.jlama.fuzz.JsonDamage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A damaged {@code config.json} gives a shape that can be computed with or is refused in one line. */
class DecoderConfigFuzzTest {
    private static final int COUNT = Fuzz.count(2000);

    private static final String CONFIG = """
        {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "hidden_act": "silu", "hidden_size": 64,
         "head_dim": 16, "intermediate_size": 128, "max_position_embeddings": 64, "mlp_bias": false,
         "model_type": "llama", "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2,
         "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
         "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
         "original_max_position_embeddings": 32}, "tie_word_embeddings": true, "vocab_size": 288}
        """;

    @TempDir
    Path folder;

    @Test
    void isReadRightOrRefused() throws IOException {
        byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
        Files.write(
                folder.resolve("model.safetensors"),
                new byte[] {(byte) header.length, 0, 0, 0, 0, 0, 0, 0, header[0], header[1]});
        Path file = folder.resolve("config.json");
        byte[] sound = CONFIG.getBytes(StandardCharsets.UTF_8);
        int accepted = 0;
        for (int i = 0; i < COUNT; i++) {
            Random random = new Random(Fuzz.seed() + i);
            Files.write(
                    file,
                    random.nextBoolean()
                            ? JsonDamage.damage(sound, random)
                            : JsonDamage.changeNumber(JsonDamage.changeNumber(sound, random), random));
            try (HuggingFaceDirectory model = HuggingFaceDirectory.open(folder)) {
                assertSound(DecoderConfig.of(model.config(), file.toString()));
                accepted++;
            } catch (CheckpointException e) {
                assertThat(e.getMessage()).as("seed %s", Fuzz.seed() + i).startsWith(file + ": ");
                assertThat(e.getMessage().chars().noneMatch(Character::isISOControl))
                        .as("seed %s: %s", Fuzz.seed() + i, e.getMessage())
                        .isTrue();
            }
        }
        assertThat(accepted).isBetween(1, COUNT - 1);
    }

    private static void assertSound(DecoderConfig config) {
        assertThat(config.vocabularySize()).isPositive();
        assertThat(config.hiddenSize()).isPositive();
        assertThat(config.intermediateSize()).isPositive();
        assertThat(config.layers()).isPositive();
        assertThat(config.contextLength()).isPositive();
        assertThat(config.headDim()).isPositive().isEven();
        assertThat(config.heads() % config.kvHeads()).isZero();
        assertThat(config.queryWidth()).isPositive();
        assertThat(config.keyWidth()).isPositive().isLessThanOrEqualTo(config.queryWidth());
        assertThat(config.normEpsilon()).isPositive().isFinite();
        assertThat(config.ropeTheta()).isPositive().isFinite();
        assertThat(config.ropeScaling().scale(1)).isFinite();
    }
}
