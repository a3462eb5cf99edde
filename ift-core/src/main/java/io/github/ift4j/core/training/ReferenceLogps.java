package io.github.ift4j.core.training;

import com.google.common.base.Preconditions;
import com.google.common.collect.Lists;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Policy;
import io.github.ift4j.core.policy.SequenceScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The log-probabilities that a reference model gives to the labels of a data set: what the policy says before its first step,
 * kept, as the reference never changes.
 */
public final class ReferenceLogps {
    private final Dataset data;
    private final int sequencesPerExample;
    /** The logps of the labelled positions of every sequence of every example. */
    private final double[][] logps;

    private ReferenceLogps(Dataset data, double[][] logps) {
        this.data = data;
        this.sequencesPerExample = sequencesPerExample(data);
        this.logps = logps;
    }

    /**
     * Scores all sequences.
     *
     * @param reference as it is now; it is not changed
     * @param data examples of the same number of sequences each
     * @param batchSize examples scored together; it does not change the result
     */
    public static ReferenceLogps compute(Policy reference, Dataset data, int batchSize) {
        List<Sequence> sequences = sequences(data);
        double[][] logps = new double[sequences.size()][];
        int next = 0;
        for (List<Sequence> batch : Lists.partition(sequences, batchSize * sequencesPerExample(data))) {
            for (SequenceScore score : reference.score(batch, OptionalLambda.NONE)) {
                logps[next++] = labelled(score);
            }
        }
        return new ReferenceLogps(data, logps);
    }

    /**
     * What was computed before.
     *
     * @param values the logps of all labelled positions, sequence after sequence
     */
    static ReferenceLogps of(Dataset data, double[] values) {
        List<Sequence> sequences = sequences(data);
        double[][] logps = new double[sequences.size()][];
        int next = 0;
        for (int s = 0; s < logps.length; s++) {
            logps[s] = new double[sequences.get(s).labelledTokens()];
            System.arraycopy(values, next, logps[s], 0, logps[s].length);
            next += logps[s].length;
        }
        Preconditions.checkArgument(next == values.length, "%s values for %s labels", values.length, next);
        return new ReferenceLogps(data, logps);
    }

    /** The logps of all labelled positions, sequence after sequence. */
    double[] values() {
        return Arrays.stream(logps).flatMapToDouble(Arrays::stream).toArray();
    }

    /**
     * The logps of one sequence, 0 where it is not labelled, [tokens].
     *
     * @param example index of the example in the data
     * @param sequence index of the sequence in the example
     */
    public double[] of(int example, int sequence) {
        Sequence tokens = data.examples().get(example).sequences().get(sequence);
        double[] labelled = logps[example * sequencesPerExample + sequence];
        double[] expanded = new double[tokens.length()];
        int next = 0;
        for (int t = 0; t < expanded.length; t++) {
            if (tokens.isLabelled(t)) {
                expanded[t] = labelled[next++];
            }
        }
        return expanded;
    }

    private static int sequencesPerExample(Dataset data) {
        return data.examples().getFirst().sequences().size();
    }

    private static List<Sequence> sequences(Dataset data) {
        List<Sequence> sequences = new ArrayList<>();
        for (Example example : data.examples()) {
            Preconditions.checkArgument(
                    example.sequences().size() == sequencesPerExample(data),
                    "%s: examples must have as many sequences as the first",
                    example.origin());
            sequences.addAll(example.sequences());
        }
        return sequences;
    }

    private static double[] labelled(SequenceScore score) {
        double[] labelled = new double[score.sequence().labelledTokens()];
        int next = 0;
        for (int t = 0; t < score.logps().length; t++) {
            if (score.sequence().isLabelled(t)) {
                labelled[next++] = score.logps()[t];
            }
        }
        return labelled;
    }
}
