package io.github.ift4j.samples.tiny;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    private static final double INITIAL_DEVIATION = 0.02;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TinyModel() {}

    /** Shape of each weight by its name in HuggingFace's {@code LlamaForCausalLM}. */
    static Map<String, List<Integer>> shapes() {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        shapes.put("model.embed_tokens.weight", List.of(VOCABULARY, HIDDEN));
        for (int layer = 0; layer < LAYERS; layer++) {
            String prefix = "model.layers." + layer + ".";
            shapes.put(prefix + "input_layernorm.weight", List.of(HIDDEN));
            shapes.put(prefix + "self_attn.q_proj.weight", List.of(HEADS * HEAD_DIM, HIDDEN));
            shapes.put(prefix + "self_attn.k_proj.weight", List.of(KV_HEADS * HEAD_DIM, HIDDEN));
            shapes.put(prefix + "self_attn.v_proj.weight", List.of(KV_HEADS * HEAD_DIM, HIDDEN));
            shapes.put(prefix + "self_attn.o_proj.weight", List.of(HIDDEN, HEADS * HEAD_DIM));
            shapes.put(prefix + "post_attention_layernorm.weight", List.of(HIDDEN));
            shapes.put(prefix + "mlp.gate_proj.weight", List.of(INTERMEDIATE, HIDDEN));
            shapes.put(prefix + "mlp.up_proj.weight", List.of(INTERMEDIATE, HIDDEN));
            shapes.put(prefix + "mlp.down_proj.weight", List.of(HIDDEN, INTERMEDIATE));
        }
        shapes.put("model.norm.weight", List.of(HIDDEN));
        return shapes;
    }

    /** Number of weights. */
    static long parameters() {
        return shapes().values().stream().mapToLong(TinyModel::size).sum();
    }

    /**
     * Random weights: normal with deviation 0.02, divided by the square root of the number of residual additions where a
     * layer writes into the residual stream (Radford et al., "Language models are unsupervised multitask learners", 2019); norms
     * start at one.
     *
     * @return row-major values by name, in the order of {@link #shapes()}
     */
    static Map<String, float[]> initialWeights(long seed) {
        Dice dice = new Dice(seed);
        Map<String, float[]> weights = new LinkedHashMap<>();
        shapes().forEach((name, shape) -> {
            boolean residual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
            double deviation = residual ? INITIAL_DEVIATION / Math.sqrt(2 * LAYERS) : INITIAL_DEVIATION;
            float[] values = new float[size(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = name.endsWith("norm.weight") ? 1 : (float) (deviation * dice.gaussian());
            }
            weights.put(name, values);
        });
        return weights;
    }

    /** Writes {@code config.json} and {@code generation_config.json}. */
    static void writeConfig(Path directory) throws IOException {
        ObjectNode config = MAPPER.createObjectNode();
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
        putTokens(config);
        write(config, directory.resolve("config.json"));
        ObjectNode generation = MAPPER.createObjectNode();
        putTokens(generation);
        write(generation, directory.resolve("generation_config.json"));
    }

    private static void putTokens(ObjectNode config) {
        config.put("bos_token_id", SpecialToken.BOS.id())
                .put("eos_token_id", SpecialToken.END.id())
                .put("pad_token_id", SpecialToken.PAD.id());
    }

    private static void write(ObjectNode json, Path file) throws IOException {
        Files.writeString(file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    private static int size(List<Integer> shape) {
        return shape.stream().reduce(1, Math::multiplyExact);
    }
}
