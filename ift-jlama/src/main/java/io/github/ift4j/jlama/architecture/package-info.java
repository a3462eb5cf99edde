/**
 * What a decoder looks like: {@code config.json} and the names of a checkpoint's tensors, described by one {@link
 * io.github.ift4j.jlama.architecture.DecoderConfig} for all architectures. An architecture is one small class, see {@link
 * io.github.ift4j.jlama.architecture.Architecture}.
 */
package io.github.ift4j.jlama.architecture;
