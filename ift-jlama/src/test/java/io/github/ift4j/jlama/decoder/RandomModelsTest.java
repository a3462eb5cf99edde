package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Random models are what the tests of decoders need: moderate, varied and readable. */
class RandomModelsTest {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @ParameterizedTest
    @FieldSource("io.github.ift4j.jlama.decoder.RandomModels#MODEL_TYPES")
    void logitsAreModerate(String modelType) {
        for (int seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            ObjectNode config = RandomModels.config(modelType, random);
            Map<String, double[]> weights = RandomModels.inFloat64(RandomModels.weights(config, random));
            ReferenceDecoder reference = new ReferenceDecoder(config, weights);
            double[] last = reference.logits(reference.embed(RandomModels.tokens(config, 32, random)))[31];
            double greatest = Arrays.stream(last).map(Math::abs).max().orElseThrow();
            assertThat(greatest).as("%s", config).isBetween(0.1, 40.0);
        }
    }

    @Test
    void everyKindOfRotaryScalingArisesInBothForms() {
        Set<String> kinds = new TreeSet<>();
        for (int seed = 1; seed <= 100; seed++) {
            ObjectNode config = RandomModels.config("llama", new Random(seed));
            for (String form : new String[] {"rope_scaling", "rope_parameters"}) {
                for (String name : new String[] {"rope_type", "type"}) {
                    if (config.path(form).has(name)) {
                        kinds.add(form + " " + config.path(form).path(name).asText());
                    }
                }
            }
        }
        assertThat(kinds)
                .containsExactly(
                        "rope_parameters default",
                        "rope_parameters dynamic",
                        "rope_parameters linear",
                        "rope_parameters llama3",
                        "rope_parameters longrope",
                        "rope_parameters yarn",
                        "rope_scaling dynamic",
                        "rope_scaling linear",
                        "rope_scaling llama3",
                        "rope_scaling longrope",
                        "rope_scaling yarn");
    }

    @Test
    void someWindowsAreShorterThanTheSequenceAndSomeHeadsDoNotFillTheHiddenSize() {
        assertThat(IntStream.rangeClosed(1, 20)
                        .mapToObj(seed -> new ReferenceConfig(RandomModels.config("gemma3_text", new Random(seed)))))
                .anyMatch(config -> config.window(0) < 32)
                .anyMatch(config -> config.window(0) == Integer.MAX_VALUE)
                .anyMatch(config -> config.heads() * config.headDim() > config.hidden())
                .anyMatch(config -> config.heads() * config.headDim() < config.hidden());
    }

    @Test
    void aWrittenFolderHoldsTheConfigurationAndTheNumbers(@TempDir Path folder) throws IOException {
        Random random = new Random(5);
        ObjectNode config = RandomModels.config("phi3", random);
        Map<String, float[]> weights = RandomModels.weights(config, random);
        RandomModels.write(folder, config, weights);
        assertThat(new ObjectMapper().readTree(folder.resolve("config.json").toFile()))
                .isEqualTo(config);
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
            assertThat(file.tensors()).containsOnlyKeys(weights.keySet());
            weights.forEach((name, values) -> {
                assertThat(file.tensors().get(name).shape())
                        .isEqualTo(RandomModels.shapes(config).get(name));
                for (int i = 0; i < values.length; i++) {
                    assertThat(file.tensors().get(name).segment().get(FLOAT, i * 4L))
                            .isEqualTo(values[i]);
                }
            });
        }
    }
}
