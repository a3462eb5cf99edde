package io.github.ift4j.jlama.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.ift4j.jlama.decoder.Golden;
import io.github.ift4j.jlama.decoder.RandomModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Tiny models in the shapes that Jlama 0.8.4 computes right, one an architecture. Widths are multiples of 16, for vectors of up
 * to 512 bits.
 */
final class StockBases {
    private static final Golden LLAMA = new Golden("llama");

    private StockBases() {}

    /**
     * The folder of a model to tune.
     *
     * @param name a golden model, where Jlama computes that one right; else one of the other cases below
     * @param folder where to write a model that is not golden
     */
    static Path of(String name, Path folder) throws IOException {
        return switch (name) {
            case "gpt2" -> write(folder, gpt2());
            case "gemma" -> write(folder, gemma("gemma", 4));
            case "gemma2" -> write(folder, gemma("gemma2", 4));
            case "gemma2 with few heads" -> write(folder, gemma("gemma2", 2));
            case "mistral with few heads" -> write(folder, sized("mistral", 2).put("hidden_act", "silu"));
            default -> new Golden(name).model();
        };
    }

    /** Jlama knows GPT-2's tensors without the prefix {@code transformer.}, and takes the context's length from n_ctx. */
    private static ObjectNode gpt2() {
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("model_type", "gpt2");
        config.putArray("architectures").add("GPT2Model");
        config.put("vocab_size", 288).put("bos_token_id", 280).put("eos_token_id", 286);
        config.put("n_embd", 64).put("n_head", 4).put("n_layer", 2).put("layer_norm_epsilon", 1e-5);
        return config.put("n_positions", 64).put("n_ctx", 64).put("activation_function", "gelu_new");
    }

    /**
     * Jlama scales scores by √head_dim whatever {@code query_pre_attn_scalar} says, knows no sliding window, reads
     * {@code hidden_act} only, and rounds √hidden_size, here 8, to bfloat16.
     */
    private static ObjectNode gemma(String modelType, int heads) {
        ObjectNode config = sized(modelType, heads);
        config.put("hidden_act", "gelu_pytorch_tanh").put("hidden_activation", "gelu_pytorch_tanh");
        if (modelType.equals("gemma2")) {
            config.put("query_pre_attn_scalar", 16).put("sliding_window", 64);
            config.put("attn_logit_softcapping", 2.0).put("final_logit_softcapping", 5.0);
        }
        return config;
    }

    /** Heads of 16 in a residual stream of 64, two to a key head. */
    private static ObjectNode sized(String modelType, int heads) {
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("model_type", modelType);
        config.put("vocab_size", 288).put("bos_token_id", 280).put("eos_token_id", 286);
        config.put("hidden_size", 64).put("head_dim", 16).put("num_attention_heads", heads);
        config.put("num_key_value_heads", heads / 2).put("intermediate_size", 128);
        config.put("num_hidden_layers", 2).put("max_position_embeddings", 64);
        return config.put("rms_norm_eps", 1e-6).put("rope_theta", 10_000.0).putNull("sliding_window");
    }

    private static Path write(Path folder, ObjectNode config) throws IOException {
        RandomModels.write(folder, config, RandomModels.weights(config, new Random(17)));
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(LLAMA.model().resolve(file), folder.resolve(file));
        }
        return folder;
    }
}
