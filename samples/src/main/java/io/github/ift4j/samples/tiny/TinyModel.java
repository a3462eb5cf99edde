package io.github.ift4j.samples.tiny;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The architecture of the embedded model: Llama with grouped-query attention and tied embeddings, small enough that a
 * laptop trains it over a coffee. All widths are multiples of 32, which suits every vector unit.
 */
public final class TinyModel {
    /** Number of tokens of the vocabulary. */
    public static final int VOCABULARY = 1024;
    /** Most tokens that the model can read. */
    public static final int CONTEXT = 256;

    private static final int HIDDEN = 128;
    private static final int INTERMEDIATE = 384;
    private static final int LAYERS = 4;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int HEAD_DIM = 32;
    /** Standard deviation of the weights before training. */
    static final double INITIAL_DEVIATION = 0.02;

    private TinyModel() {}

    /** Content of {@code config.json}, as HuggingFace's {@code LlamaForCausalLM} reads it. */
    static ObjectNode config() {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.putArray("architectures").add("LlamaForCausalLM");
        config.put("model_type", "llama")
                .put("vocab_size", VOCABULARY)
                .put("hidden_size", HIDDEN)
                .put("intermediate_size", INTERMEDIATE)
                .put("num_hidden_layers", LAYERS)
                .put("num_attention_heads", HEADS)
                .put("num_key_value_heads", KV_HEADS)
                .put("head_dim", HEAD_DIM)
                .put("max_position_embeddings", CONTEXT)
                .put("hidden_act", "silu")
                .put("rms_norm_eps", 1e-5)
                .put("rope_theta", 10000.0)
                .put("attention_bias", false)
                .put("mlp_bias", false)
                .put("tie_word_embeddings", true)
                .put("initializer_range", INITIAL_DEVIATION)
                .put("torch_dtype", "float32");
        return withTokens(config);
    }

    /** Content of {@code generation_config.json}. */
    static ObjectNode generationConfig() {
        return withTokens(JsonNodeFactory.instance.objectNode());
    }

    private static ObjectNode withTokens(ObjectNode config) {
        return config.put("bos_token_id", SpecialToken.BOS.id())
                .put("eos_token_id", SpecialToken.END.id())
                .put("pad_token_id", SpecialToken.PAD.id());
    }
}
