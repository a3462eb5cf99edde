package io.github.ift4j.jlama.decoder;

/** Which linear layers have an adapter. */
@FunctionalInterface
interface AdapterSource {
    /** No layer has one. */
    AdapterSource NONE = (module, base) -> null;

    /**
     * The adapter of a layer; null where it has none.
     *
     * @param module HuggingFace's name of the layer, without {@code .weight}
     */
    LowRank attach(String module, BaseLayer base);
}
