package io.github.ift4j.jlama.architecture;

import java.util.List;

/**
 * What a decoder's tensors are called in HuggingFace checkpoints. Names of layer parts are relative to the layer; linear
 * layers are named without {@code .weight} and {@code .bias}, as PEFT names the modules that adapters belong to. What an architecture
 * does not have is called "".
 *
 * @param prefix before everything but the head; checkpoints saved without a head lack it
 * @param embedding token embedding
 * @param positions learned position embedding
 * @param layers where the layers are, before their number
 * @param attention names of attention and its norms
 * @param mlp names of the MLP and its norms
 * @param finalNorm norm before the head
 * @param head output head where it is not tied
 * @param transposed whether the weights of the layers' projections are [in, out] (GPT-2's {@code Conv1D})
 */
public record TensorNames(
        String prefix,
        String embedding,
        String positions,
        String layers,
        Attention attention,
        Mlp mlp,
        String finalNorm,
        String head,
        boolean transposed) {

    /**
     * Names of attention and its norms.
     *
     * @param normBefore norm of the input
     * @param queryKeyValue one fused projection or three, in that order
     * @param queryNorm norm of queries
     * @param keyNorm norm of keys
     * @param output projection of the output
     * @param normAfter norm of the output
     */
    public record Attention(
            String normBefore,
            List<String> queryKeyValue,
            String queryNorm,
            String keyNorm,
            String output,
            String normAfter) {
        static final Attention LLAMA = named("input_layernorm", "");

        /** The names that most decoders share, with norms of these names. */
        static Attention named(String normBefore, String normAfter) {
            return new Attention(
                    normBefore,
                    List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
                    "self_attn.q_norm",
                    "self_attn.k_norm",
                    "self_attn.o_proj",
                    normAfter);
        }

        /** Queries, keys and values in one projection. */
        static Attention fused(String normBefore, String queryKeyValue, String output) {
            return new Attention(normBefore, List.of(queryKeyValue), "", "", output, "");
        }
    }

    /**
     * Names of the MLP and its norms.
     *
     * @param normBefore norm of the input
     * @param router of a mixture of experts
     * @param experts where the experts are, before their number; the names of their parts are relative to that
     * @param gateUp one fused projection or two, in that order; of a plain MLP its first layer
     * @param down last projection
     * @param normAfter norm of the output
     */
    public record Mlp(
            String normBefore, String router, String experts, List<String> gateUp, String down, String normAfter) {
        static final Mlp LLAMA = named("post_attention_layernorm", "");

        /** The names that most decoders share, with norms of these names. */
        static Mlp named(String normBefore, String normAfter) {
            return new Mlp(normBefore, "", "", List.of("mlp.gate_proj", "mlp.up_proj"), "mlp.down_proj", normAfter);
        }

        /** Gate and up in one projection, or a plain MLP's first layer. */
        static Mlp fused(String normBefore, String first, String down) {
            return new Mlp(normBefore, "", "", List.of(first), down, "");
        }
    }

    /** The names that most decoders share. */
    public static final TensorNames LLAMA = llama(Attention.LLAMA, Mlp.LLAMA);

    /** The names that most decoders share, but for those of attention and MLP. */
    static TensorNames llama(Attention attention, Mlp mlp) {
        return new TensorNames("model.", "embed_tokens", "", "layers.", attention, mlp, "norm", "lm_head", false);
    }

    /** The same names with another prefix. */
    public TensorNames withPrefix(String other) {
        return new TensorNames(other, embedding, positions, layers, attention, mlp, finalNorm, head, transposed);
    }

    /** What the names of a layer's parts begin with. */
    public String layer(int index) {
        return prefix + layers + index + ".";
    }
}
