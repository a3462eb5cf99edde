package io.github.ift4j.samples.tiny;

import com.google.common.base.Preconditions;
import java.util.HashSet;
import java.util.List;

/**
 * A vocabulary of byte-pair encoding.
 *
 * @param tokens token texts; a token's position is its id
 * @param merges pairs of tokens to join, most urgent first
 */
public record BytePairVocabulary(List<String> tokens, List<Merge> merges) {
    public BytePairVocabulary {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
        Preconditions.checkArgument(new HashSet<>(tokens).size() == tokens.size(), "a token occurs twice");
    }

    /** Two neighbouring tokens that become one. */
    public record Merge(String left, String right) {
        String joined() {
            return left + right;
        }
    }
}
