package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.architecture.LayerConfig;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.fuzz.Fuzz;
import io.github.ift4j.jlama.fuzz.JsonDamage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A damaged {@code config.json} gives a shape that can be computed with or is refused in one line. */
class DecoderConfigFuzzTest {
    private static final int COUNT = Fuzz.count(2000);

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("modelTypes")
    void isReadRightOrRefused(String modelType) throws IOException {
        int count = Math.ceilDiv(COUNT, RandomModels.MODEL_TYPES.size());
        byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
        Files.write(
                folder.resolve("model.safetensors"),
                new byte[] {(byte) header.length, 0, 0, 0, 0, 0, 0, 0, header[0], header[1]});
        Path file = folder.resolve("config.json");
        int accepted = 0;
        for (int i = 0; i < count; i++) {
            Random random = new Random(Fuzz.seed() + i);
            byte[] sound =
                    RandomModels.config(modelType, random).toPrettyString().getBytes(StandardCharsets.UTF_8);
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
        assertThat(accepted).isBetween(1, count - 1);
    }

    static List<String> modelTypes() {
        return RandomModels.MODEL_TYPES;
    }

    private static void assertSound(DecoderConfig config) {
        AttentionConfig attention = config.attention();
        assertThat(config.vocabularySize()).isPositive();
        assertThat(config.hiddenSize()).isPositive();
        assertThat(config.mlp().width()).isPositive();
        assertThat(config.layers()).isNotEmpty();
        assertThat(config.contextLength()).isPositive();
        assertThat(attention.headDim()).isPositive();
        assertThat(attention.heads() % attention.kvHeads()).isZero();
        assertThat(attention.queryWidth()).isPositive();
        assertThat(attention.keyWidth()).isPositive().isLessThanOrEqualTo(attention.queryWidth());
        assertThat(attention.scale()).isPositive().isFinite();
        assertThat(config.norm().epsilon()).isPositive().isFinite();
        for (LayerConfig layer : config.layers()) {
            assertThat(layer.window()).isPositive();
            layer.rope().ifPresent(rope -> {
                assertThat(rope.dim()).isPositive().isEven().isLessThanOrEqualTo(attention.headDim());
                assertThat(rope.theta()).isPositive().isFinite();
            });
        }
    }
}
