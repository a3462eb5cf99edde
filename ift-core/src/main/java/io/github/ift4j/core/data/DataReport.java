package io.github.ift4j.core.data;

import java.util.List;

/**
 * What became of a data set on its way to the trainer.
 *
 * @param examples examples that are trained on
 * @param tokens tokens of these examples
 * @param labelledTokens those of them that are learned
 * @param longest tokens of the longest sequence
 * @param truncated origins of the examples that were cut to the maximum length
 * @param dropped origins of the examples that have nothing to learn, after cutting, and are left out
 * @param identical origins of the pairs whose answers are the same, after cutting, and that are left out
 * @param empty origins of the examples with an answer that says nothing; they are trained on, as the end of the answer can be learned
 */
public record DataReport(
        int examples,
        long tokens,
        long labelledTokens,
        int longest,
        List<String> truncated,
        List<String> dropped,
        List<String> identical,
        List<String> empty) {
    public DataReport {
        truncated = List.copyOf(truncated);
        dropped = List.copyOf(dropped);
        identical = List.copyOf(identical);
        empty = List.copyOf(empty);
    }
}
