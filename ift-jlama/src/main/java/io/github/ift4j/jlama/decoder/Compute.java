package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm;

/**
 * What a decoder computes with.
 *
 * @param workers the threads
 * @param gemm matrix products on these threads
 */
record Compute(Workers workers, Gemm gemm) {}
