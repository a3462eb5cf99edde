package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Inverse frequencies, to the last bit, and attention factors as HuggingFace transformers 5.18.0 has them for a head of 10
 * elements, a base of 10000 and a maximum of 64 positions (8 where the scaling is dynamic).
 */
class ReferenceRopeTest {
    private static final String YARN = "{'rope_type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 16";
    private static final String LONGROPE = "{'rope_type': 'longrope', 'short_factor': [1.0, 1.1, 1.2, 1.3, 1.4],"
            + " 'long_factor': [1.0, 1.5, 2.5, 3.5, 4.5], 'original_max_position_embeddings': 16}";

    @ParameterizedTest
    @MethodSource("scalings")
    void frequenciesEqualHuggingFaces(String scaling, int length, double attentionFactor, float... frequencies)
            throws JsonProcessingException {
        ReferenceRope rope = new ReferenceRope(new ReferenceConfig(config(scaling)), 0, length);
        assertThat(rope.inverseFrequencies()).containsExactly(frequencies);
        // The factor is computed in float64 on both sides.
        assertThat(rope.attentionFactor()).isCloseTo(attentionFactor, within(1e-15));
    }

    private static ObjectNode config(String scaling) throws JsonProcessingException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = json.createObjectNode().put("model_type", "llama").put("rope_theta", 10_000.0);
        config.put("hidden_size", 20).put("num_attention_heads", 2).put("head_dim", 10);
        config.put("max_position_embeddings", scaling.contains("dynamic") ? 8 : 64);
        config.set("rope_scaling", json.readTree(scaling.replace('\'', '"')));
        return config;
    }

    static Stream<Arguments> scalings() {
        return Stream.of(
                scaling("{'rope_type': 'default'}", 32, 1, 1, 0.15848932f, 0.025118863f, 0.0039810706f, 0.0006309573f),
                scaling(
                        "{'rope_type': 'linear', 'factor': 3.0}",
                        32,
                        1,
                        0.33333334f,
                        0.052829772f,
                        0.008372954f,
                        0.0013270235f,
                        0.00021031911f),
                scaling(
                        "{'rope_type': 'dynamic', 'factor': 4.0}",
                        8,
                        1,
                        1,
                        0.15848932f,
                        0.025118863f,
                        0.0039810706f,
                        0.0006309573f),
                scaling(
                        "{'rope_type': 'dynamic', 'factor': 4.0}",
                        9,
                        1,
                        1,
                        0.14321126f,
                        0.020509467f,
                        0.002937186f,
                        0.0004206382f),
                scaling(
                        "{'rope_type': 'dynamic', 'factor': 4.0}",
                        32,
                        1,
                        1,
                        0.08346687f,
                        0.006966719f,
                        0.00058149017f,
                        4.853517e-05f),
                scaling(
                        "{'rope_type': 'llama3', 'factor': 4.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0,"
                                + " 'original_max_position_embeddings': 16}",
                        32,
                        1,
                        0.63661975f,
                        0.03962233f,
                        0.006279716f,
                        0.0009952676f,
                        0.00015773933f),
                scaling(YARN + "}", 32, 1.138629436111989, 1, 0.03962233f, 0.006279716f, 0.0009952676f, 0.00015773933f),
                scaling(
                        YARN + ", 'beta_fast': 2.0, 'beta_slow': 0.01, 'truncate': false, 'mscale': 0.7,"
                                + " 'mscale_all_dim': 0.25}",
                        32,
                        1.0602936283263868,
                        1,
                        0.12258225f,
                        0.012878163f,
                        0.0010029754f,
                        0.00015773933f),
                scaling(
                        YARN + ", 'beta_fast': 2.0, 'beta_slow': 0.01, 'attention_factor': 1.5}",
                        32,
                        1.5,
                        1,
                        0.12877257f,
                        0.01569929f,
                        0.0017417184f,
                        0.00015773933f),
                scaling(LONGROPE, 16, 1.224744871391589, 1, 0.14408119f, 0.020932386f, 0.003062362f, 0.0004506838f),
                scaling(LONGROPE, 17, 1.224744871391589, 1, 0.105659544f, 0.010047546f, 0.0011374488f, 0.00014021272f));
    }

    private static Arguments scaling(String scaling, int length, double attentionFactor, float... frequencies) {
        return Arguments.of(scaling, length, attentionFactor, frequencies);
    }

    @ParameterizedTest
    @MethodSource("scalings")
    void headsAreTurnedPairByPair(String scaling, int length, double attentionFactor, float... frequencies)
            throws JsonProcessingException {
        ReferenceRope rope = new ReferenceRope(new ReferenceConfig(config(scaling)), 0, length);
        double[] heads = new double[20];
        Arrays.fill(heads, 0, 5, 1);
        Arrays.fill(heads, 15, 20, 1);
        rope.rotate(heads, 3);
        for (int i = 0; i < 5; i++) {
            double cos = attentionFactor * Math.cos(3 * frequencies[i]);
            double sin = attentionFactor * Math.sin(3 * frequencies[i]);
            // Angles and cosines are float32.
            assertThat(new double[] {heads[i], heads[5 + i], heads[10 + i], heads[15 + i]})
                    .containsExactly(new double[] {cos, sin, -sin, cos}, within(1e-6));
        }
    }
}
