package io.github.ift4j.jlama.generation;

/**
 * How busy an engine is at a moment.
 *
 * @param running requests that are being answered
 * @param waiting requests that wait for their turn
 * @param open whether new requests are accepted
 */
public record Occupancy(int running, int waiting, boolean open) {}
