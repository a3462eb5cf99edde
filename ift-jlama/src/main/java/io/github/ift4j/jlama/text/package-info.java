/**
 * Text of a model: its tokenizer, its chat template, what of a conversation is learned, and what ends an answer. {@link
 * io.github.ift4j.jlama.text.ModelText} reads all of it from a model directory.
 */
package io.github.ift4j.jlama.text;
