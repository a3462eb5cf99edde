package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The witness is a witness: it says what PyTorch says, and each feature of an architecture makes a difference to it. */
class ReferenceDecoderTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** PyTorch computed norms and softmax in float32 and everything else in float64. */
    private static final double FLOAT32_INSIDE = 1e-5;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama-tied",
                "llama3",
                "mistral",
                "qwen2",
                "gemma",
                "gemma2",
                "granite",
                "mixtral",
                "gpt2"
            })
    void bothPassesEqualPyTorchs(String architecture) {
        Golden golden = new Golden(architecture);
        ReferenceDecoder reference = new ReferenceDecoder(golden.config(), golden.weights());
        double lambda = golden.expected().path("lambda").asDouble();
        double[] mixedIds = golden.tensor("forward.safetensors", "mixed_ids");
        int padded = golden.shape("forward.safetensors", "mixed_ids").getLast();
        for (int sequence = 0; sequence < 2; sequence++) {
            int[] ids = golden.batch().get(sequence).inputIds();
            double[][] target = reference.embed(ids);
            double[][] mixed = new double[ids.length][];
            for (int p = 0; p < ids.length; p++) {
                double[] greedy = reference.embed((int) mixedIds[sequence * padded + p]);
                double[] truth = target[p];
                mixed[p] = new double[truth.length];
                Arrays.setAll(mixed[p], i -> (1 - lambda) * truth[i] + lambda * greedy[i]);
            }
            assertEqual(reference.logits(target), golden, "first_logits", sequence, padded);
            assertEqual(reference.logits(mixed), golden, "second_logits", sequence, padded);
        }
    }

    /**
     * PyTorch's logits after the last token, by HuggingFace transformers 5.18.0 in float64 with norms and softmax in float32, for
     * random models that the golden folders do not stand for: every type, every kind of scaling, both forms of it, absent fields.
     */
    @ParameterizedTest
    @MethodSource("randomModels")
    void logitsOfRandomModelsEqualPyTorchs(JsonNode model) {
        ObjectNode config = (ObjectNode) model.get("config");
        Random random = new Random(model.get("seed").asLong());
        Map<String, double[]> weights = RandomModels.inFloat64(RandomModels.weights(config, random));
        int[] tokens = JSON.convertValue(model.get("tokens"), int[].class);
        double[] expected = JSON.convertValue(model.get("logits"), double[].class);
        assertThat(logits(config, weights, tokens)[tokens.length - 1])
                .as("%s", config)
                .containsExactly(expected, within(FLOAT32_INSIDE * greatest(expected)));
    }

    static List<JsonNode> randomModels() throws IOException {
        List<JsonNode> models = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/test/resources/golden/random-models.jsonl"))) {
            models.add(JSON.readTree(line));
        }
        return models;
    }

    private static void assertEqual(double[][] logits, Golden golden, String name, int sequence, int padded) {
        double[] expected = golden.tensor("forward.safetensors", name);
        int vocabulary = logits[0].length;
        double tolerance = FLOAT32_INSIDE * greatest(expected);
        for (int p = 0; p < logits.length; p++) {
            for (int token = 0; token < vocabulary; token++) {
                assertThat(logits[p][token])
                        .as("%s of %s at %s", name, token, p)
                        .isCloseTo(expected[(sequence * padded + p) * vocabulary + token], within(tolerance));
            }
        }
    }

    /** Without a sliding window, a cap, a multiplier …: each of them must be seen in the logits. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mistral     | {'sliding_window': 5}                              | {'sliding_window': null}",
                "mixtral     | {'num_experts_per_tok': 1}                         | {'num_experts_per_tok': 2}",
                "qwen2       | {'use_sliding_window': true, 'max_window_layers': 0} | {'use_sliding_window': false}",
                "qwen2       | {'use_sliding_window': true, 'max_window_layers': 0} | {'max_window_layers': 4}",
                "qwen3       | {'use_sliding_window': true, 'max_window_layers': 0} | {'use_sliding_window': false}",
                "qwen3       | {}                                                 | {'model_type': 'llama'}",
                "gemma       | {'model_type': 'gemma'}                            | {'model_type': 'llama'}",
                "gemma2      | {'attn_logit_softcapping': 2.0}                    | {'attn_logit_softcapping': null}",
                "gemma2      | {'final_logit_softcapping': 2.0}                   | {'final_logit_softcapping': null}",
                "gemma2      | {'query_pre_attn_scalar': 3}                       | {'query_pre_attn_scalar': 30}",
                "gemma2      | {'sliding_window': 4}                              | {'sliding_window': 32}",
                "gemma2      | {'sliding_window': 4}                              | {'model_type': 'gemma'}",
                "gemma3_text | {'layer_types': ['sliding_attention', 'full_attention']} "
                        + "| {'layer_types': ['full_attention', 'full_attention']}",
                "gemma3_text | {'sliding_window_pattern': 6, 'layer_types': null, 'rope_parameters': null} "
                        + "| {'rope_local_base_freq': 7.0}",
                "gemma3_text | {'sliding_window_pattern': 1, 'layer_types': null, 'rope_parameters': null} "
                        + "| {'rope_theta': 7.0}",
                "gemma3_text | {'sliding_window_pattern': 2, 'layer_types': null} | {'sliding_window_pattern': 1}",
                "gemma3_text | {'query_pre_attn_scalar': 3}                       | {'query_pre_attn_scalar': 30}",
                "gemma3_text | {'final_logit_softcapping': 2.0}                   | {'final_logit_softcapping': null}",
                "granite     | {'embedding_multiplier': 3.0}                      | {'embedding_multiplier': 1.0}",
                "granite     | {'residual_multiplier': 0.5}                       | {'residual_multiplier': 1.0}",
                "granite     | {'attention_multiplier': 0.1}                      | {'attention_multiplier': 0.5}",
                "granite     | {'logits_scaling': 3.0}                            | {'logits_scaling': 1.0}",
                "gpt2        | {'scale_attn_weights': true}                       | {'scale_attn_weights': false}",
                "gpt2        | {'layer_norm_epsilon': 1e-5}                       | {'layer_norm_epsilon': 0.1}",
                "smollm3     | {'no_rope_layers': [1,1,1,1]}                      | {'no_rope_layers': [1,0,1,1]}",
                "smollm3     | {'no_rope_layers': null}                           | {'no_rope_layer_interval': 1}",
                "phi3        | {'sliding_window': 5}                              | {'sliding_window': null}",
                "phi3        | {'rope_scaling': null, 'rope_parameters': {'partial_rotary_factor': 0.5}} "
                        + "| {'rope_parameters': {'partial_rotary_factor': 1.0}}",
                "olmo2       | {'rms_norm_eps': 1e-5}                             | {'rms_norm_eps': 0.1}",
            })
    void aFeatureIsSeenInTheLogits(String modelType, String with, String without) throws JsonProcessingException {
        ObjectNode config = withLayers(modelType);
        config.setAll(parsed(with));
        assertDiffers(config, parsed(without));
    }

    private static ObjectNode parsed(String json) throws JsonProcessingException {
        return (ObjectNode) JSON.readTree(json.replace('\'', '"'));
    }

    /** A random model of at least two layers; the first seed that has so many. */
    private static ObjectNode withLayers(String modelType) {
        for (long seed = 1; ; seed++) {
            ObjectNode config = RandomModels.config(modelType, new Random(seed));
            int layers = new ReferenceConfig(config).layers();
            if (layers == 2) {
                return config;
            }
        }
    }

    private static void assertDiffers(ObjectNode config, ObjectNode changes) {
        Map<String, double[]> weights = RandomModels.inFloat64(RandomModels.weights(config, new Random(11)));
        int[] tokens = RandomModels.tokens(config, 32, new Random(12));
        double[][] with = logits(config, weights, tokens);
        double[][] without = logits(config.deepCopy().setAll(changes), weights, tokens);
        double difference = 0;
        for (int i = 0; i < with[31].length; i++) {
            difference = Math.max(difference, Math.abs(with[31][i] - without[31][i]));
        }
        assertThat(difference).as("%s with %s", config, changes).isGreaterThan(1e-3 * greatest(with[31]));
    }

    /** The kinds of scaling, each of which changes what a sequence of 32 tokens means to a model trained on 8. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'rope_type': 'linear', 'factor': 4.0}",
                "{'rope_type': 'dynamic', 'factor': 4.0}",
                "{'type': 'llama3', 'factor': 4.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0,"
                        + " 'original_max_position_embeddings': 8}",
                "{'rope_type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 8}",
                "{'rope_type': 'longrope', 'short_factor': [1.0, 1.0], 'long_factor': [3.0, 2.0],"
                        + " 'original_max_position_embeddings': 8}",
            })
    void scaledRotationIsSeenInTheLogits(String scaling) throws JsonProcessingException {
        ObjectNode config = withLayers("llama").put("head_dim", 4).put("max_position_embeddings", 8);
        config.remove("rope_parameters");
        config.set("rope_scaling", parsed(scaling));
        assertDiffers(config, JSON.createObjectNode().putNull("rope_scaling"));
    }

    @ParameterizedTest
    @MethodSource("modelTypes")
    void everyWeightIsSeenInTheLogits(String modelType) {
        ObjectNode config = withLayers(modelType);
        if (modelType.equals("mixtral")) {
            config.set("num_experts_per_tok", config.get("num_local_experts"));
        }
        Map<String, double[]> weights = RandomModels.inFloat64(RandomModels.weights(config, new Random(21)));
        int[] tokens = RandomModels.tokens(config, 12, new Random(22));
        double[][] before = logits(config, weights, tokens);
        weights.forEach((name, values) -> {
            double[] kept = values.clone();
            // Not a factor: a norm that follows would take it away.
            Arrays.setAll(values, i -> values[i] + 0.1 * Math.sin(i + 1));
            double difference = 0;
            double[][] after = logits(config, weights, tokens);
            for (int p = 0; p < after.length; p++) {
                for (int token = 0; token < after[p].length; token++) {
                    difference = Math.max(difference, Math.abs(after[p][token] - before[p][token]));
                }
            }
            System.arraycopy(kept, 0, values, 0, kept.length);
            assertThat(difference).as("%s of %s", name, config).isGreaterThan(1e-6);
        });
    }

    static Iterable<String> modelTypes() {
        return RandomModels.MODEL_TYPES;
    }

    private static double[][] logits(ObjectNode config, Map<String, double[]> weights, int[] tokens) {
        ReferenceDecoder reference = new ReferenceDecoder(config, weights);
        return reference.logits(reference.embed(tokens));
    }

    private static double greatest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }
}
