package io.github.ift4j.langchain4j.tuning;

import com.google.common.base.Preconditions;
import java.util.Locale;
import java.util.Optional;

/**
 * When a version goes because users like it less than the one before it.
 *
 * @param margin by how much its share of bad ratings must exceed its predecessor's, 0 to 1; a predecessor without ratings counts as without bad
 *     ones
 * @param minRatings how many of its answers must be rated, at least 1
 */
public record RollbackRule(double margin, int minRatings) {
    /** A margin of 0.1 at 20 ratings. */
    public static final RollbackRule DEFAULTS = new RollbackRule(0.1, 20);

    public RollbackRule {
        Preconditions.checkArgument(margin >= 0 && margin <= 1, "margin must be between 0 and 1, was %s", margin);
        Preconditions.checkArgument(minRatings >= 1, "minRatings must be at least 1, was %s", minRatings);
    }

    /** Why the version must go; empty when it may stay. */
    Optional<String> objection(RatingTally version, RatingTally predecessor) {
        boolean worse = version.count() >= minRatings && version.badRate() > predecessor.badRate() + margin;
        return worse
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "%d of %d ratings are bad, of its predecessor %d of %d; more than %.3f above",
                        version.bad(),
                        version.count(),
                        predecessor.bad(),
                        predecessor.count(),
                        margin))
                : Optional.empty();
    }
}
