package io.github.ift4j.core.data;

import com.google.common.base.Preconditions;
import java.util.Arrays;

/**
 * One tokenised text and what is to be learned of it.
 *
 * <p>{@code labels[t]} is either {@code inputIds[t]}'s target or {@link #IGNORE}; the prediction scored against
 * {@code labels[t]} is made after reading {@code inputIds[0..t-1]}, as in HuggingFace. The label of position 0 has no
 * prediction and counts for nothing.
 *
 * @param inputIds token ids, [tokens]
 * @param labels target ids or {@link #IGNORE}, [tokens]
 * @param desirable whether what is labelled is a good answer; false for one that was rejected, or rated as bad
 */
public record Sequence(int[] inputIds, int[] labels, boolean desirable) {
    /** Label of a position without a loss. */
    public static final int IGNORE = -100;

    public Sequence {
        Preconditions.checkArgument(
                inputIds.length == labels.length,
                "labels has %s entries but input_ids has %s; they must be of the same length",
                labels.length,
                inputIds.length);
        Preconditions.checkArgument(inputIds.length > 0, "a sequence must have at least one token");
    }

    /** A good answer. */
    public Sequence(int[] inputIds, int[] labels) {
        this(inputIds, labels, true);
    }

    /** The same tokens and labels as a good answer or a bad one. */
    public Sequence withDesirable(boolean desirable) {
        return new Sequence(inputIds, labels, desirable);
    }

    /** The first tokens of it, or all if there are no more. */
    Sequence cut(int maxLength) {
        return length() <= maxLength
                ? this
                : new Sequence(Arrays.copyOf(inputIds, maxLength), Arrays.copyOf(labels, maxLength), desirable);
    }

    /** Number of tokens. */
    public int length() {
        return inputIds.length;
    }

    /** Whether position {@code t} is scored. */
    public boolean isLabelled(int t) {
        return t > 0 && labels[t] != IGNORE;
    }

    /** First scored position, or {@code length()} when there is none. */
    public int firstLabel() {
        for (int t = 1; t < labels.length; t++) {
            if (labels[t] != IGNORE) {
                return t;
            }
        }
        return labels.length;
    }

    /** Last scored position, or 0 when there is none. */
    public int lastLabel() {
        for (int t = labels.length - 1; t > 0; t--) {
            if (labels[t] != IGNORE) {
                return t;
            }
        }
        return 0;
    }

    /** Number of scored positions. */
    public int labelledTokens() {
        int count = 0;
        for (int t = 1; t < labels.length; t++) {
            if (labels[t] != IGNORE) {
                count++;
            }
        }
        return count;
    }
}
