package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.jlama.fuzz.Fuzz;
import io.github.ift4j.jlama.fuzz.JsonDamage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A damaged adapter is read right or refused in one line. */
class PeftFuzzTest {
    private static final int COUNT = Fuzz.count(500);
    private static final String MODULE = "layers.0.q_proj";

    private static final String CONFIG = """
        {"alpha_pattern": {"layers.0.*q_proj": 4}, "base_model_name_or_path": "base", "bias": "none",
         "fan_in_fan_out": false, "init_lora_weights": true, "layer_replication": null, "lora_alpha": 16,
         "lora_dropout": 0.05, "modules_to_save": null, "peft_type": "LORA", "r": 8,
         "rank_pattern": {"(k|q)_proj": 2, "layers.[0-9]{1,2}.v_proj": 3},
         "target_modules": ".*\\\\.(q|v)_proj$", "task_type": "CAUSAL_LM", "use_dora": true, "use_rslora": false}
        """;

    private static final String HEADER = "{\"__metadata__\":{\"format\":\"pt\"},"
            + RawSafetensors.entry("base_model.model." + MODULE + ".lora_A.weight", "F32", "[2,3]", 0, 24) + ","
            + RawSafetensors.entry("base_model.model." + MODULE + ".lora_B.weight", "F16", "[4,2]", 24, 40) + ","
            + RawSafetensors.entry("base_model.model." + MODULE + ".lora_magnitude_vector", "BF16", "[4]", 40, 48)
            + "}";

    @TempDir
    Path folder;

    @BeforeEach
    void writeSoundAdapter() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), CONFIG);
        RawSafetensors.write(folder.resolve("adapter_model.safetensors"), HEADER, new byte[48]);
    }

    @Test
    void withADamagedConfiguration() throws IOException {
        byte[] sound = CONFIG.getBytes(StandardCharsets.UTF_8);
        int accepted = 0;
        for (int i = 0; i < COUNT; i++) {
            Random random = new Random(Fuzz.seed() + i);
            Files.write(folder.resolve("adapter_config.json"), JsonDamage.damage(sound, random));
            accepted += isReadRight(Fuzz.seed() + i) ? 1 : 0;
        }
        assertThat(accepted).isBetween(1, COUNT - 1);
    }

    @Test
    void withDamagedFactors() throws IOException {
        Path weights = folder.resolve("adapter_model.safetensors");
        byte[] sound = HEADER.getBytes(StandardCharsets.UTF_8);
        int accepted = 0;
        for (int i = 0; i < COUNT; i++) {
            Random random = new Random(Fuzz.seed() + i);
            byte[] header = JsonDamage.damage(sound, random);
            byte[] data = new byte[random.nextInt(4) == 0 ? random.nextInt(64) : 48];
            random.nextBytes(data);
            RawSafetensors.write(weights, random.nextInt(16) == 0 ? random.nextLong() : header.length, header, data);
            if (random.nextInt(8) == 0) {
                byte[] whole = Files.readAllBytes(weights);
                Files.write(weights, Arrays.copyOf(whole, random.nextInt(whole.length)));
            }
            accepted += isReadRight(Fuzz.seed() + i) ? 1 : 0;
        }
        assertThat(accepted).isBetween(1, COUNT - 1);
    }

    private boolean isReadRight(long seed) {
        try (Arena arena = Arena.ofConfined()) {
            PeftAdapter adapter = PeftAdapter.read(folder, arena);
            assertThat(adapter.modules()).isNotEmpty();
            adapter.modules().forEach((module, factors) -> {
                assertThat(factors.rank()).isEqualTo(adapter.config().rank(module));
                assertThat(adapter.config().scale(module)).isNotNaN();
                assertThat(FloatFormat.firstNonFinite(factors.a())).isEqualTo(-1);
                assertThat(FloatFormat.firstNonFinite(factors.b())).isEqualTo(-1);
            });
            adapter.config().targets(MODULE);
            return true;
        } catch (CheckpointException e) {
            assertThat(e.getMessage()).as("seed %s", seed).isNotBlank().hasSizeLessThan(2010);
            assertThat(e.getMessage().chars().noneMatch(Character::isISOControl))
                    .as("seed %s: %s", seed, e.getMessage())
                    .isTrue();
            return false;
        }
    }
}
