package io.github.ift4j.langchain4j.tuning;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a training ended.
 *
 * @param run its number; 0 where none began
 * @param time when it ended
 * @param decision what came of it
 * @param reason in one line
 * @param gate what the gate measured, if it came so far
 * @param version the new version, if there is one
 */
public record TuningOutcome(
        int run, Instant time, Decision decision, String reason, Optional<GateResult> gate, OptionalInt version) {
    /** What comes of a training. */
    public enum Decision {
        /** The new adapter is better and in service. */
        SWAPPED,
        /** It is not better by the margin. */
        REFUSED,
        /** There is not enough to learn or to measure on. */
        SKIPPED,
        /** It was cancelled. */
        CANCELLED,
        /** The tuner was closed; the training goes on when it is opened again. */
        SUSPENDED,
        /** Something went wrong; nothing has changed. */
        FAILED
    }
}
