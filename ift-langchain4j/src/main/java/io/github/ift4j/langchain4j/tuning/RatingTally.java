package io.github.ift4j.langchain4j.tuning;

import io.github.ift4j.langchain4j.recording.ExchangeSummary;
import io.github.ift4j.langchain4j.recording.Rating;
import java.util.List;

/**
 * How users rated the answers of one version.
 *
 * @param good answers whose last rating is good
 * @param bad answers whose last rating is bad
 */
public record RatingTally(int good, int bad) {
    /** Number of rated answers. */
    public int count() {
        return good + bad;
    }

    /** Share of the rated answers that are bad; 0 where none is rated. */
    public double badRate() {
        return count() == 0 ? 0 : (double) bad / count();
    }

    static RatingTally of(TunedVersion version, List<ExchangeSummary> exchanges) {
        int good = 0;
        int bad = 0;
        for (ExchangeSummary exchange : exchanges) {
            if (exchange.modelVersion().filter(version.sha256()::equals).isPresent()) {
                good += exchange.isRated(Rating.GOOD) ? 1 : 0;
                bad += exchange.isRated(Rating.BAD) ? 1 : 0;
            }
        }
        return new RatingTally(good, bad);
    }
}
