package io.github.ift4j.jlama.architecture;

/** Normalisation of queries and keys before they are rotated. */
public enum QueryKeyNorm {
    NONE,
    /** Each head by itself, one weight [headDim] for all heads (Qwen3, Gemma 3). */
    EACH_HEAD,
    /** All heads of a row together, weight [heads x headDim] (OLMo 2). */
    WHOLE_ROW
}
