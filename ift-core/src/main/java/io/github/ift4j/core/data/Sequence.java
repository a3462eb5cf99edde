package io.github.ift4j.core.data;

import com.google.common.base.Preconditions;

/**
 * One tokenised text and what is to be learned of it.
 *
 * <p>{@code labels[t]} is either {@code inputIds[t]}'s target or {@link #IGNORE}; the prediction scored against
 * {@code labels[t]} is made after reading {@code inputIds[0..t-1]}, as in HuggingFace. The label of position 0 has no
 * prediction and counts for nothing.
 *
 * @param inputIds token ids, [tokens]
 * @param labels target ids or {@link #IGNORE}, [tokens]
 */
public record Sequence(int[] inputIds, int[] labels) {
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
