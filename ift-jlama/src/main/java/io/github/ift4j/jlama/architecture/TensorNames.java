package io.github.ift4j.jlama.architecture;

import java.util.List;

/**
 * What a decoder's tensors are called in HuggingFace checkpoints. Names of layer parts are relative to the layer; linear
 * layers are named without {@code .weight} and {@code .bias}, as PEFT names the modules that adapters belong to.
 *
 * @param prefix before everything but the head; checkpoints saved without a head lack it
 * @param embedding token embedding
 * @param positions learned position embedding
 * @param layers where the layers are, before their number
 * @param attentionNorm norm before attention
 * @param queryKeyValue one fused projection or three, in that order
 * @param queryNorm norm of queries
 * @param keyNorm norm of keys
 * @param attentionOutput projection of attention's output
 * @param attentionPostNorm norm of attention's output
 * @param mlpNorm norm before the MLP
 * @param router of a mixture of experts
 * @param experts where the experts are, before their number; their parts' names are relative to that
 * @param gateUp one fused projection or two, in that order; of a plain MLP its first layer
 * @param down last projection of the MLP
 * @param mlpPostNorm norm of the MLP's output
 * @param finalNorm norm before the head
 * @param head output head where it is not tied
 * @param transposed whether the weights of the layers' projections are [in, out] (GPT-2's {@code Conv1D})
 */
public record TensorNames(
        String prefix,
        String embedding,
        String positions,
        String layers,
        String attentionNorm,
        List<String> queryKeyValue,
        String queryNorm,
        String keyNorm,
        String attentionOutput,
        String attentionPostNorm,
        String mlpNorm,
        String router,
        String experts,
        List<String> gateUp,
        String down,
        String mlpPostNorm,
        String finalNorm,
        String head,
        boolean transposed) {

    /** The names that most decoders share. */
    public static final TensorNames LLAMA = new TensorNames(
            "model.",
            "embed_tokens",
            "",
            "layers.",
            "input_layernorm",
            List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            "self_attn.q_norm",
            "self_attn.k_norm",
            "self_attn.o_proj",
            "",
            "post_attention_layernorm",
            "",
            "",
            List.of("mlp.gate_proj", "mlp.up_proj"),
            "mlp.down_proj",
            "",
            "norm",
            "lm_head",
            false);

    /** Names of the norms around attention and MLP; empty where there is none. */
    TensorNames withNorms(String beforeAttention, String afterAttention, String beforeMlp, String afterMlp) {
        return new TensorNames(
                prefix,
                embedding,
                positions,
                layers,
                beforeAttention,
                queryKeyValue,
                queryNorm,
                keyNorm,
                attentionOutput,
                afterAttention,
                beforeMlp,
                router,
                experts,
                gateUp,
                down,
                afterMlp,
                finalNorm,
                head,
                transposed);
    }

    /** Fused projections. */
    TensorNames withFused(String fusedQueryKeyValue, String fusedGateUp) {
        return new TensorNames(
                prefix,
                embedding,
                positions,
                layers,
                attentionNorm,
                List.of(fusedQueryKeyValue),
                queryNorm,
                keyNorm,
                attentionOutput,
                attentionPostNorm,
                mlpNorm,
                router,
                experts,
                List.of(fusedGateUp),
                down,
                mlpPostNorm,
                finalNorm,
                head,
                transposed);
    }

    /** A mixture of experts; the names of an expert's parts are relative to the expert. */
    TensorNames withExperts(String routerName, String expertsName, List<String> gateUpNames, String downName) {
        return new TensorNames(
                prefix,
                embedding,
                positions,
                layers,
                attentionNorm,
                queryKeyValue,
                queryNorm,
                keyNorm,
                attentionOutput,
                attentionPostNorm,
                mlpNorm,
                routerName,
                expertsName,
                gateUpNames,
                downName,
                mlpPostNorm,
                finalNorm,
                head,
                transposed);
    }

    /** The same names with another prefix. */
    public TensorNames withPrefix(String other) {
        return new TensorNames(
                other,
                embedding,
                positions,
                layers,
                attentionNorm,
                queryKeyValue,
                queryNorm,
                keyNorm,
                attentionOutput,
                attentionPostNorm,
                mlpNorm,
                router,
                experts,
                gateUp,
                down,
                mlpPostNorm,
                finalNorm,
                head,
                transposed);
    }

    /** What the names of a layer's parts begin with. */
    public String layer(int index) {
        return prefix + layers + index + ".";
    }
}
