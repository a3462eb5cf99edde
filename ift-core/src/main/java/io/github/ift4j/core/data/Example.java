package io.github.ift4j.core.data;

import com.google.common.base.Preconditions;
import java.util.List;

/**
 * What an objective scores as one: a single sequence for SFT and IFT, a chosen and a rejected one for preference methods.
 *
 * @param sequences the sequences, in the order that the objective expects
 * @param origin where it came from, as {@code file:line}, for messages
 */
public record Example(List<Sequence> sequences, String origin) {
    public Example {
        sequences = List.copyOf(sequences);
        Preconditions.checkArgument(!sequences.isEmpty(), "%s: an example must hold at least one sequence", origin);
    }

    /** An example of one sequence. */
    public static Example of(Sequence sequence, String origin) {
        return new Example(List.of(sequence), origin);
    }

    /** Tokens over all sequences. */
    public int tokens() {
        return sequences.stream().mapToInt(Sequence::length).sum();
    }
}
