package io.github.ift4j.langchain4j.tuning;

import java.util.List;
import java.util.Optional;

/**
 * What a tuner is doing, at one moment.
 *
 * @param phase what it does
 * @param paused whether it is held
 * @param queued trainings that were asked for and have not begun, 0 or 1
 * @param newGood exchanges that were rated good since the last training began
 * @param adapterName what requests ask for
 * @param inService the version that answers
 * @param predecessor the one that {@link ContinualTuner#rollBack} goes back to; itself where that is version 0
 * @param versions all on disk, by number
 * @param inServiceRatings how answers of the version in service were rated
 * @param predecessorRatings how those of its predecessor were
 * @param run the training under way, if there is one
 * @param lastOutcome how the last one ended in this process
 * @param problem what the tuner could not do lately, if anything
 */
public record TunerStatus(
        Phase phase,
        boolean paused,
        int queued,
        int newGood,
        String adapterName,
        TunedVersion inService,
        TunedVersion predecessor,
        List<TunedVersion> versions,
        RatingTally inServiceRatings,
        RatingTally predecessorRatings,
        Optional<RunProgress> run,
        Optional<TuningOutcome> lastOutcome,
        Optional<String> problem) {
    /** What a tuner does. */
    public enum Phase {
        WAITING,
        TRAINING,
        MEASURING,
        CLOSED
    }
}
