package io.github.ift4j.jlama.decoder;

/** Which adapters a forward pass runs with. */
@FunctionalInterface
interface AdapterChoice {
    /** Those that the layers have. */
    AdapterChoice OWN = adapter -> adapter;

    /** None: the base alone. */
    AdapterChoice NONE = adapter -> null;

    /** What stands in for a layer's adapter; null for nothing. */
    LowRank of(LowRank adapter);
}
