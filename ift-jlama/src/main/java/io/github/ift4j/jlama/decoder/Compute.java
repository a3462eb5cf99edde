package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm;

/**
 * What a decoder computes with.
 *
 * @param workers the threads
 * @param gemm matrix products on these threads
 * @param scratch memory for results that are used at once
 * @param dropout which inputs of adapters are left out
 * @param adapters which adapters take part
 */
record Compute(Workers workers, Gemm gemm, Scratch scratch, Dropout dropout, AdapterChoice adapters) {
    /** Nothing left out. */
    static Compute on(Workers workers, Gemm gemm, Scratch scratch) {
        return new Compute(workers, gemm, scratch, Dropout.NONE, AdapterChoice.OWN);
    }

    /** The same with products in float32. */
    Compute exact() {
        return new Compute(workers, gemm.exact(), scratch, dropout, adapters);
    }

    Compute with(Dropout other) {
        return new Compute(workers, gemm, scratch, other, adapters);
    }

    Compute with(AdapterChoice other) {
        return new Compute(workers, gemm, scratch, dropout, other);
    }
}
