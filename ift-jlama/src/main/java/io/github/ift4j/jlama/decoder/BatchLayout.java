package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.data.Sequence;
import java.util.Arrays;
import java.util.List;

/**
 * Where the positions of a batch's sequences lie in the rows of one matrix, without padding.
 *
 * <p>Position p of a sequence has a row if a later label depends on it, that is if p is before the last label. The rows before a
 * sequence's first label, whose input is never mixed, come first for all sequences; all other rows follow as one block, so that the
 * second pass of the temporal residual connection runs over one contiguous range. Within the first block, the one row of each
 * sequence that predicts its first label comes after all those that predict none.
 *
 * @param rows for each sequence the row of each of its positions; empty for a sequence without a label
 * @param firstMixed for each sequence its first position in the second block
 * @param firstPredicting the first row that predicts a label; all before it serve later positions as keys and values only
 * @param sharedRows number of rows in the first block
 * @param totalRows number of rows
 * @param tokens input id of each row
 * @param positions position of each row in its sequence
 * @param lengths length of each row's sequence
 */
record BatchLayout(
        List<Sequence> sequences,
        int[][] rows,
        int[] firstMixed,
        int firstPredicting,
        int sharedRows,
        int totalRows,
        int[] tokens,
        int[] positions,
        int[] lengths) {

    static BatchLayout of(List<Sequence> sequences) {
        int count = sequences.size();
        int[][] rows = new int[count][];
        int[] firstMixed = new int[count];
        int shared = 0;
        for (int s = 0; s < count; s++) {
            Sequence sequence = sequences.get(s);
            rows[s] = new int[sequence.lastLabel()];
            firstMixed[s] = Math.min(sequence.firstLabel(), rows[s].length);
            for (int p = 0; p < firstMixed[s] - 1; p++) {
                rows[s][p] = shared++;
            }
        }
        int firstPredicting = shared;
        for (int s = 0; s < count; s++) {
            if (firstMixed[s] > 0) {
                rows[s][firstMixed[s] - 1] = shared++;
            }
        }
        int total = shared;
        for (int s = 0; s < count; s++) {
            for (int p = firstMixed[s]; p < rows[s].length; p++) {
                rows[s][p] = total++;
            }
        }
        int[] tokens = new int[total];
        int[] positions = new int[total];
        int[] lengths = new int[total];
        for (int s = 0; s < count; s++) {
            for (int p = 0; p < rows[s].length; p++) {
                tokens[rows[s][p]] = sequences.get(s).inputIds()[p];
                positions[rows[s][p]] = p;
                lengths[rows[s][p]] = sequences.get(s).length();
            }
        }
        return new BatchLayout(
                List.copyOf(sequences), rows, firstMixed, firstPredicting, shared, total, tokens, positions, lengths);
    }

    /** For each sequence the first position that predicts a label, 0 where there is none. */
    int[] firstPredictors() {
        return Arrays.stream(firstMixed).map(first -> Math.max(0, first - 1)).toArray();
    }

    /** The labelled positions of a sequence from {@code first} on and before {@code end}. */
    int[] labelled(int sequence, int first, int end) {
        Sequence labels = sequences.get(sequence);
        int[] found = new int[labels.labelledTokens()];
        int count = 0;
        for (int t = Math.max(1, first); t < end; t++) {
            if (labels.isLabelled(t)) {
                found[count++] = t;
            }
        }
        return Arrays.copyOf(found, count);
    }
}
