package io.github.ift4j.langchain4j.tuning;

import com.google.common.base.Preconditions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a trained adapter must achieve, beside the version in service, to take its place. All of it is measured on conversations that were
 * held out of training, and on the tasks.
 *
 * @param heldOutShare share of the good conversations that are held out, above 0 and below 1. Raising it moves some from the learned to the
 *     held-out ones, lowering it moves held-out ones to the learned
 * @param minHeldOut fewer held-out exchanges are no gate: there is no training then
 * @param margin by how many nats a token the loss must be lower, at least 0
 * @param scorers tasks in which it must not be worse
 * @param judge who compares answers, if anybody; the candidate needs at least half of the verdicts
 * @param maxJudged most held-out exchanges whose answers are compared
 * @param maxAnswerTokens most tokens of an answer
 */
public record Gate(
        double heldOutShare,
        int minHeldOut,
        double margin,
        List<TaskScorer> scorers,
        Optional<AnswerJudge> judge,
        int maxJudged,
        int maxAnswerTokens) {
    /** A fifth held out, at least 8 of them, a margin of 0.01, no tasks, no judge. */
    public static final Gate DEFAULTS = new Gate(0.2, 8, 0.01, List.of(), Optional.empty(), 32, 256);

    public Gate {
        Preconditions.checkArgument(
                heldOutShare > 0 && heldOutShare < 1, "heldOutShare must be above 0 and below 1, was %s", heldOutShare);
        Preconditions.checkArgument(minHeldOut >= 1, "minHeldOut must be at least 1, was %s", minHeldOut);
        Preconditions.checkArgument(
                margin >= 0 && Double.isFinite(margin), "margin must be a number of at least 0, was %s", margin);
        scorers = List.copyOf(scorers);
        Objects.requireNonNull(judge, "judge");
        Preconditions.checkArgument(maxJudged >= 1, "maxJudged must be at least 1, was %s", maxJudged);
        Preconditions.checkArgument(
                maxAnswerTokens >= 1, "maxAnswerTokens must be at least 1, was %s", maxAnswerTokens);
    }

    /** With another share of held-out conversations and another least number of them. */
    public Gate withHeldOut(double share, int least) {
        return new Gate(share, least, margin, scorers, judge, maxJudged, maxAnswerTokens);
    }

    /** With another margin. */
    public Gate withMargin(double newMargin) {
        return new Gate(heldOutShare, minHeldOut, newMargin, scorers, judge, maxJudged, maxAnswerTokens);
    }

    /** With these tasks. */
    public Gate withScorers(List<TaskScorer> newScorers) {
        return new Gate(heldOutShare, minHeldOut, margin, newScorers, judge, maxJudged, maxAnswerTokens);
    }

    /** With a judge. */
    public Gate withJudge(AnswerJudge newJudge) {
        return new Gate(heldOutShare, minHeldOut, margin, scorers, Optional.of(newJudge), maxJudged, maxAnswerTokens);
    }
}
