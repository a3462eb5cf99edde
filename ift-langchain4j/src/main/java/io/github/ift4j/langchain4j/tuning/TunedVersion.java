package io.github.ift4j.langchain4j.tuning;

import java.time.Instant;

/**
 * An adapter that is or was in service.
 *
 * @param number 0 for the base model as it is, then counting up
 * @param predecessor the version that was in service when this one came; 0 for version 0
 * @param created when it came
 * @param sha256 by which responses name it
 * @param examples exchanges that it learned from
 * @param heldOutNll its loss at the gate, in nats a token; NaN for version 0
 */
public record TunedVersion(
        int number, int predecessor, Instant created, String sha256, int examples, double heldOutNll) {}
