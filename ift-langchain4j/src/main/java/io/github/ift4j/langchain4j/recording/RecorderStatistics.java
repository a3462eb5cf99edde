package io.github.ift4j.langchain4j.recording;

import java.util.Optional;

/**
 * What became of the exchanges and ratings since the recorder was opened.
 *
 * @param recorded exchanges that were written
 * @param withoutConsent exchanges that were left alone because consent was missing, or asking for it failed
 * @param dropped exchanges and ratings that found the queue full
 * @param unfit exchanges that are too large or hold something other than text
 * @param failed exchanges and ratings that were lost because redaction or the disk failed
 * @param unknownRatings ratings of exchanges that are not on record
 * @param damagedLines unfinished or damaged lines that were found when the folder was opened, and passed over
 * @param waiting what is in the queue now
 * @param lastProblem the last failure, without a word of what was said
 */
public record RecorderStatistics(
        long recorded,
        long withoutConsent,
        long dropped,
        long unfit,
        long failed,
        long unknownRatings,
        long damagedLines,
        int waiting,
        Optional<String> lastProblem) {}
