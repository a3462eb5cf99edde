package io.github.ift4j.jlama.generation;

/** Why an answer ended. */
public enum FinishReason {
    /** The model ended its turn or wrote a stop string. */
    STOP,
    /** The greatest number of new tokens was reached or the context was full. */
    LENGTH,
    /** Someone cancelled the request, interrupted its thread or closed the engine. */
    CANCELLED
}
