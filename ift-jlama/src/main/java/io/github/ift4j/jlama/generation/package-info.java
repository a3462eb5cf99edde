/** Answers from a language model: sampling, streaming, and the engine that serves many requests on one copy of the weights. */
package io.github.ift4j.jlama.generation;
