/**
 * How the embedded model is made: a small world, text about it, a vocabulary, a Llama of under a million parameters that
 * is pre-trained on the text, and good chat answers to tune it with.
 *
 * <p>Read in this order: {@link io.github.ift4j.samples.tiny.World}, {@link io.github.ift4j.samples.tiny.Corpus}, {@link
 * io.github.ift4j.samples.tiny.ChatData}, {@link io.github.ift4j.samples.tiny.TokenizerTrainer}, {@link
 * io.github.ift4j.samples.tiny.TinyModel}, {@link io.github.ift4j.samples.tiny.MakeTinyModel}. Everything follows from
 * seeds and is the same on every machine.
 */
package io.github.ift4j.samples.tiny;
