package io.github.ift4j.jlama.decoder;

/** Which linear layers have an adapter. */
@FunctionalInterface
interface AdapterSource {
    /** No layer has one. */
    AdapterSource NONE = (module, base, transposed) -> null;

    /**
     * The adapter of a layer; null where it has none.
     *
     * @param module HuggingFace's name of the layer, without {@code .weight}
     * @param base its weight, [out, in] or [in, out] if transposed
     */
    LowRank attach(String module, WeightMatrix base, boolean transposed);
}
