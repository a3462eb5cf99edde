package io.github.ift4j.core.objective;

import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.Arrays;

/** Scores made by hand. */
final class Scores {
    private Scores() {}

    /** A sequence with one position more than {@code logps}: entry t of the arrays belongs to label t + 1. */
    static SequenceScore shifted(double[] logps, boolean[] labelled) {
        int length = logps.length + 1;
        int[] labels = new int[length];
        double[] shifted = new double[length];
        int[] greedy = new int[length];
        labels[0] = Sequence.IGNORE;
        greedy[0] = -1;
        for (int t = 1; t < length; t++) {
            labels[t] = labelled[t - 1] ? 7 : Sequence.IGNORE;
            shifted[t] = labelled[t - 1] ? logps[t - 1] : 0;
            greedy[t] = labelled[t - 1] ? 7 : -1;
        }
        return new SequenceScore(new Sequence(new int[length], labels), shifted, greedy);
    }

    /** A sequence of so many labels after one prompt token, each with its share of the given log-probability. */
    static SequenceScore answer(double logp, int tokens) {
        double[] logps = new double[tokens];
        boolean[] labelled = new boolean[tokens];
        Arrays.fill(logps, logp / tokens);
        Arrays.fill(labelled, true);
        return shifted(logps, labelled);
    }

    /** The same under a reference model that gives the answer another log-probability. */
    static SequenceScore answer(double logp, double reference, int tokens) {
        return answer(logp, tokens).withReference(answer(reference, tokens).logps());
    }

    /** The same as a bad answer. */
    static SequenceScore undesirable(SequenceScore score) {
        return new SequenceScore(
                score.sequence().withDesirable(false), score.logps(), score.greedy(), score.reference(), score.kl());
    }
}
