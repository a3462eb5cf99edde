package io.github.ift4j.langchain4j.recording;

import com.google.common.base.Preconditions;
import java.time.Instant;
import java.util.Objects;

/**
 * A rating of one exchange. Of several the last counts.
 *
 * @param id of the exchange
 * @param time when it was given
 * @param rating good or bad
 * @param comment what the user said about it, redacted; empty when nothing
 */
public record RatingEvent(String id, Instant time, Rating rating, String comment) {
    public RatingEvent {
        Preconditions.checkArgument(!id.isBlank(), "the id of a rated exchange must not be blank");
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(rating, "rating");
        Objects.requireNonNull(comment, "comment");
    }
}
