package io.github.ift4j.jlama.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeftConfigTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The keys and values that PEFT 0.14 writes for plain LoRA. */
    private static final String PEFT = """
        {"alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "org/base", "bias": "none",
         "corda_config": null, "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false,
         "inference_mode": true, "init_lora_weights": true, "layer_replication": null, "layers_pattern": null,
         "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 32, "lora_bias": false, "lora_dropout": 0.05,
         "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null, "peft_type": "LORA",
         "r": 16, "rank_pattern": {}, "revision": null, "target_modules": ["v_proj", "q_proj"],
         "task_type": "CAUSAL_LM", "trainable_token_indices": null, "use_dora": false, "use_rslora": false,
         "something_of_a_later_version": {"a": 1}}
        """;

    @TempDir
    Path folder;

    @Test
    void readsWhatPeftWrites() throws IOException {
        assertThat(read("{}"))
                .isEqualTo(PeftConfig.of(16, 32, PeftTargets.Named.of("v_proj", "q_proj"))
                        .withBaseModel("org/base")
                        .withDropout(0.05));
    }

    @Test
    void whatIsNotSaidIsAsInPeft() throws IOException {
        Files.writeString(
                folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"target_modules\": \"ALL-linear\"}");

        assertThat(PeftConfig.read(folder)).isEqualTo(PeftConfig.of(8, 8, new PeftTargets.AllLinear()));
    }

    static Stream<PeftConfig> configurations() {
        PeftConfig plain = PeftConfig.of(4, 8, PeftTargets.Named.of("q_proj"));
        Map<String, Integer> ranks = new LinkedHashMap<>(Map.of("layers.1.q_proj", 2));
        ranks.put(".*k_proj", 3);
        return Stream.of(
                plain,
                plain.withBaseModel("org/é").withDropout(0.1).withRslora(true),
                plain.withDora(true).withFanInFanOut(true),
                PeftConfig.of(1, 0.5, new PeftTargets.AllLinear()),
                PeftConfig.of(1, -3, new PeftTargets.Pattern(".*\\.(q|v)_proj")),
                new PeftConfig(
                        Optional.empty(),
                        4,
                        8,
                        0,
                        PeftTargets.Named.of("q_proj", "k_proj"),
                        false,
                        false,
                        false,
                        ranks,
                        Map.of("q_proj", 1.5)));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void isReadAsItWasWritten(PeftConfig config) throws IOException {
        JSON.writeValue(folder.resolve("adapter_config.json").toFile(), PeftConfigFile.write(config));

        assertThat(PeftConfig.read(folder)).isEqualTo(config);
    }

    @Test
    void theScaleIsAlphaByRankOrWithRsloraBySquareRootOfRank() {
        PeftConfig config = PeftConfig.of(8, 20, PeftTargets.Named.of("q_proj"));

        assertThat(config.scale("q_proj")).isEqualTo(2.5f);
        assertThat(config.withRslora(true).scale("q_proj")).isEqualTo((float) (20 / Math.sqrt(8)));
    }

    @Test
    void theFirstPatternThatDescribesTheEndOfANameSaysItsRankAndAlpha() throws IOException {
        PeftConfig config = read("""
            {"r": 8, "lora_alpha": 16,
             "rank_pattern": {"layers.1.q_proj": 2, "q_proj": 4, "^model.layers.0.k_proj$": 16, "layers": 1},
             "alpha_pattern": {"(v|k)_proj": 4, ".*k_proj": 5}}
            """);

        assertThat(config.rank("model.layers.1.q_proj")).isEqualTo(2);
        assertThat(config.rank("model.layers.0.q_proj")).isEqualTo(4);
        assertThat(config.rank("model.layers.0.xq_proj")).isEqualTo(8);
        assertThat(config.rank("model.layers.0.k_proj")).isEqualTo(16);
        assertThat(config.rank("model.layers.1.k_proj")).isEqualTo(8);
        assertThat(config.alpha("model.layers.0.k_proj")).isEqualTo(4);
        assertThat(config.scale("model.layers.0.k_proj")).isEqualTo(0.25f);
        assertThat(config.scale("model.layers.0.q_proj")).isEqualTo(4f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "['q_proj']; true; false; false",
                "['self_attn.q_proj', 'lm_head']; true; false; true",
                "['model.layers.0.self_attn.q_proj']; true; false; false",
                "['proj', 'attn.q_proj']; false; false; false",
                "'.*\\\\.q_proj|lm_head'; true; false; true",
                "'q_proj'; false; false; false",
                "'all-linear'; true; true; true",
            })
    void targetsAreMatchedAsPeftMatchesThem(String targets, boolean q, boolean norm, boolean head) throws IOException {
        PeftConfig config = read("{\"target_modules\": " + targets.replace('\'', '"') + "}");

        assertThat(config.targets("model.layers.0.self_attn.q_proj")).isEqualTo(q);
        assertThat(config.targets("model.layers.0.input_layernorm")).isEqualTo(norm);
        assertThat(config.targets("lm_head")).isEqualTo(head);
    }

    @Test
    void aPatternThatCannotBeFollowedIsRefusedWhenANameIsToBeMatched() throws IOException {
        PeftConfig config = read("{\"target_modules\": \"(?!lm_head).*\"}");

        assertThatThrownBy(() -> config.targets("lm_head"))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("target_modules '(?!lm_head).*': '(?!' is not supported (at character 2); name the modules"
                        + " instead");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'peft_type': 'IA3'}; peft_type 'IA3' is not supported; it must be LORA",
                "{'peft_type': null}; peft_type is missing",
                "{'task_type': 'SEQ_CLS'}; task_type 'SEQ_CLS' is not supported; it must be CAUSAL_LM",
                "{'bias': 'all'}; bias 'all' is not supported; it must be 'none'",
                "{'init_lora_weights': 'pissa_niter_16'}; init_lora_weights 'pissa_niter_16' is not supported: it"
                        + " changes",
                "{'init_lora_weights': 'olora'}; init_lora_weights 'olora' is not supported",
                "{'modules_to_save': ['lm_head']}; modules_to_save is not supported",
                "{'layer_replication': [[0, 4]]}; layer_replication is not supported",
                "{'layers_to_transform': 0}; layers_to_transform is not supported",
                "{'lora_bias': true}; lora_bias is not supported",
                "{'trainable_token_indices': [1]}; trainable_token_indices is not supported",
                "{'target_parameters': ['w']}; target_parameters is not supported",
                "{'exclude_modules': 'x'}; exclude_modules is not supported",
                "{'r': 0}; r must be at least 1 and at most 65536, is 0",
                "{'r': '8'}; r is not a number of the right kind: '8'",
                "{'r': 8.0}; r is not a number of the right kind: '8.0'",
                "{'r': 4294967296}; r is not a number of the right kind: '4294967296'",
                "{'lora_alpha': []}; lora_alpha is not a number of the right kind: an array",
                "{'lora_alpha': 1e999}; lora_alpha must be a finite number, is Infinity",
                "{'lora_dropout': 1}; lora_dropout must be at least 0 and below 1, is 1.0",
                "{'use_dora': 'yes'}; use_dora must be true or false, is 'yes'",
                "{'base_model_name_or_path': 1}; base_model_name_or_path must be a string, is '1'",
                "{'target_modules': null}; target_modules is missing",
                "{'target_modules': []}; target_modules names no module",
                "{'target_modules': ['a', 1]}; target_modules holds '1', which is not a string",
                "{'target_modules': 1}; target_modules must be a string or an array of strings",
                "{'rank_pattern': []}; rank_pattern must be an object",
                "{'rank_pattern': {'a': 0}}; rank_pattern: r must be at least 1 and at most 65536, is 0",
                "{'rank_pattern': {'a': 'b'}}; rank_pattern: 'a' is not a number of the right kind: 'b'",
                "{'rank_pattern': {'(a': 1}}; rank_pattern: '(a': a group without an end (at character 2)",
                "{'alpha_pattern': {'a': null}}; alpha_pattern: 'a' must be a number",
            })
    void refusesByNameWhatItDoesNotSupport(String change, String message) {
        assertThatThrownBy(() -> read(change.replace('\'', '"')))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(folder.resolve("adapter_config.json") + ": " + message)
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "\"gaussian\"", "\"eva\"", "\"orthogonal\""})
    void initialisationsThatLeaveTheBaseAsItIsAreRead(String initialisation) throws IOException {
        assertThat(read("{\"init_lora_weights\": " + initialisation + "}").rank())
                .isEqualTo(16);
    }

    @Test
    void boundsTheWorkThatPatternsMake() throws IOException {
        ObjectNode many = JSON.createObjectNode();
        ObjectNode ranks = many.putObject("rank_pattern");
        for (int i = 0; i <= 256; i++) {
            ranks.put("a*" + i, 1);
        }

        assertThatThrownBy(() -> read(many.toString()))
                .hasMessageContaining("rank_pattern has 257 regular expressions, more than 256");
    }

    @Test
    void saysThatAFolderHoldsNoAdapter() {
        assertThatThrownBy(() -> PeftConfig.read(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(folder + ": no adapter_config.json in it, so not an adapter's folder");
    }

    private PeftConfig read(String changes) throws IOException {
        ObjectNode json = (ObjectNode) JSON.readTree(PEFT);
        json.setAll((ObjectNode) JSON.readTree(changes));
        Files.write(
                folder.resolve("adapter_config.json"), List.of(json.toString().replace("\"Infinity\"", "1e999")));
        return PeftConfig.read(folder);
    }
}
