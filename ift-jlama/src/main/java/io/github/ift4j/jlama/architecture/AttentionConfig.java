package io.github.ift4j.jlama.architecture;

import io.github.ift4j.jlama.checkpoint.CheckpointException;

/**
 * The attention of every layer.
 *
 * @param heads query heads
 * @param kvHeads key-value heads; each serves heads / kvHeads query heads
 * @param headDim width of a head
 * @param scale factor on the scores, 1 / sqrt(headDim) as a rule
 * @param softCap scores s become softCap · tanh(s / softCap) (Gemma 2); 0 where there is no cap
 * @param norm normalisation of queries and keys
 * @param bias whether queries, keys and values have a bias
 * @param outputBias whether the output projection has a bias
 */
public record AttentionConfig(
        int heads,
        int kvHeads,
        int headDim,
        float scale,
        float softCap,
        QueryKeyNorm norm,
        boolean bias,
        boolean outputBias) {
    /** @throws CheckpointException when the sizes do not fit together */
    public AttentionConfig {
        if (heads % kvHeads != 0) {
            throw new CheckpointException(
                    "num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + kvHeads);
        }
        long width = (long) headDim * (heads + 2L * kvHeads);
        if (width > Integer.MAX_VALUE) {
            throw new CheckpointException(heads + " heads of width " + headDim + " are wider than a matrix can be");
        }
        if (!(scale > 0) || Float.isInfinite(scale)) {
            throw new CheckpointException("the scale of attention scores must be positive, is " + scale);
        }
        if (!(softCap >= 0) || Float.isInfinite(softCap)) {
            throw new CheckpointException("attn_logit_softcapping must be positive, is " + softCap);
        }
    }

    /** Plain attention: scores divided by the root of headDim, nothing capped or normalised, no bias. */
    public static AttentionConfig of(int heads, int kvHeads, int headDim) {
        return new AttentionConfig(
                heads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)), 0, QueryKeyNorm.NONE, false, false);
    }

    AttentionConfig withBias(boolean queryKeyValue, boolean output) {
        return new AttentionConfig(heads, kvHeads, headDim, scale, softCap, norm, queryKeyValue, output);
    }

    AttentionConfig withNorm(QueryKeyNorm other) {
        return new AttentionConfig(heads, kvHeads, headDim, scale, softCap, other, bias, outputBias);
    }

    AttentionConfig withScores(float factor, float cap) {
        return new AttentionConfig(heads, kvHeads, headDim, factor, cap, norm, bias, outputBias);
    }

    /** Width of all query heads together. */
    public int queryWidth() {
        return heads * headDim;
    }

    /** Width of all key heads together; the values are as wide. */
    public int keyWidth() {
        return kvHeads * headDim;
    }
}
