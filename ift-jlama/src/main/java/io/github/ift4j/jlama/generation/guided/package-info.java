/**
 * Guided decoding: answers that follow a grammar, whatever the model would have said. A {@link
 * io.github.ift4j.jlama.generation.guided.Grammar} says what is allowed, byte by byte; a {@link
 * io.github.ift4j.jlama.generation.guided.Guide} is the grammar over the tokens of a vocabulary.
 */
package io.github.ift4j.jlama.generation.guided;
