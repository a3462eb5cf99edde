package io.github.ift4j.jlama.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.checkpoint.CheckpointException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecoderConfigTest {
    private static final String LLAMA = """
        {"model_type": "llama", "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96,
         "num_hidden_layers": 2, "num_attention_heads": 4}
        """;
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void whatIsNotSaidIsAsInHuggingFace() throws JsonProcessingException {
        DecoderConfig config = DecoderConfig.of(JSON.readTree(LLAMA), "config.json");
        assertThat(config)
                .isEqualTo(DecoderConfig.llama(100, 64, 96, 2, AttentionConfig.of(4, 4, 16))
                        .contextLength(2048)
                        .norm(NormConfig.before(NormConfig.Kind.RMS, 1e-6f))
                        .tiedEmbeddings(false)
                        .build());
    }

    @Test
    void bothFormsOfRotaryParametersAreRead() throws JsonProcessingException {
        ObjectNode old = (ObjectNode) JSON.readTree(LLAMA);
        old.put("rope_theta", 5e5)
                .putObject("rope_scaling")
                .put("type", "linear")
                .put("factor", 4);
        ObjectNode recent = (ObjectNode) JSON.readTree(LLAMA);
        recent.putObject("rope_parameters")
                .put("rope_theta", 5e5)
                .put("rope_type", "linear")
                .put("factor", 4);
        assertThat(DecoderConfig.of(old, "c").layers().getFirst().rope())
                .contains(new RopeConfig(5e5, 16, new RopeScaling.Linear(4)));
        assertThat(DecoderConfig.of(recent, "c")).isEqualTo(DecoderConfig.of(old, "c"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model_type\": \"falcon\"} | c: model_type 'falcon' is not supported; supported architectures:"
                    + " gemma, gemma2, gemma3_text, gpt2, granite, llama, mistral, mixtral, olmo2, phi3, qwen2, qwen3,"
                    + " smollm3",
                "{\"hidden_act\": \"gelu\"} | c: hidden_act 'gelu' is not supported; supported: silu, gelu_new,"
                        + " gelu_pytorch_tanh",
                "{\"vocab_size\": null} | c: vocab_size is missing",
                "{\"hidden_size\": \"64\"} | c: hidden_size must be a whole number of at least 1, is \"64\"",
                "{\"num_hidden_layers\": 0} | c: num_hidden_layers must be a whole number of at least 1, is 0",
                "{\"num_key_value_heads\": 3} | c: num_attention_heads 4 is not a multiple of num_key_value_heads 3",
                "{\"head_dim\": 5} | c: head_dim 5 is odd or zero, so it cannot be rotated",
                "{\"rms_norm_eps\": 0} | c: rms_norm_eps must be positive, is 0.0",
                "{\"rope_scaling\": 3} | c: rope_scaling must be an object",
                "{\"rope_scaling\": {\"rope_type\": \"yarn\"}} | c: factor is missing",
                "{\"rope_scaling\": {\"rope_type\": \"ntk\"}} | c: rope_type 'ntk' is not supported; supported:"
                        + " default, linear, dynamic, llama3, yarn, longrope",
                "{\"rope_scaling\": {\"rope_type\": \"linear\"}} | c: factor is missing",
                "{\"attention_bias\": 1} | c: attention_bias must be true or false"
            })
    void whatIsWrongIsSaidInOneLine(String change, String message) throws JsonProcessingException {
        ObjectNode config = (ObjectNode) JSON.readTree(LLAMA);
        config.setAll((ObjectNode) JSON.readTree(change));
        assertThatThrownBy(() -> DecoderConfig.of(config, "c"))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(message);
    }
}
