package io.github.ift4j.langchain4j.tuning;

import com.google.common.base.Preconditions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a training begins by itself.
 *
 * @param newGood so many exchanges were rated good since the last training began
 * @param every so much time has passed since then, and there is at least one; never by time when empty
 */
public record TuningTrigger(int newGood, Optional<Duration> every) {
    /** 50 new good exchanges, no schedule. */
    public static final TuningTrigger DEFAULTS = new TuningTrigger(50, Optional.empty());

    /** Never by itself. */
    public static final TuningTrigger MANUAL = new TuningTrigger(Integer.MAX_VALUE, Optional.empty());

    public TuningTrigger {
        Preconditions.checkArgument(newGood >= 1, "newGood must be at least 1, was %s", newGood);
        every.ifPresent(time -> Preconditions.checkArgument(time.isPositive(), "every must be positive, was %s", time));
    }

    boolean isDue(int found, Instant last, Instant now) {
        return found >= newGood
                || (found > 0
                        && every.filter(time -> !last.plus(time).isAfter(now)).isPresent());
    }
}
