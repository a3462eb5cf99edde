package io.github.ift4j.core.data;

import java.util.Locale;

/** What an example shows, and so which sequences it is made of. */
public enum ExampleKind {
    /** An answer that is to be learned: one sequence. */
    DEMONSTRATION(1),
    /** Two answers to one prompt: the chosen one, then the rejected one. */
    PREFERENCE(2),
    /**
     * An answer that is rated desirable or undesirable ({@link Sequence#desirable}), then the same prompt with the answer of
     * another example.
     */
    RATING(2);

    private final int sequences;

    ExampleKind(int sequences) {
        this.sequences = sequences;
    }

    /** Number of sequences of an example. */
    public int sequences() {
        return sequences;
    }

    /** How a record of another kind is refused, and the mend. */
    String refusal() {
        return switch (this) {
            case DEMONSTRATION ->
                "this method learns from good answers alone, give 'prompt' and 'completion', or 'messages'";
            case PREFERENCE ->
                "this method compares two answers, give 'chosen' and 'rejected' with their 'prompt' or 'conversations'";
            case RATING -> "this method learns from rated answers, give 'messages' and 'label' (true or false)";
        };
    }

    /** What a record of this kind is. */
    String description() {
        return switch (this) {
            case DEMONSTRATION -> "an answer without a comparison or a rating";
            case PREFERENCE -> "a preference pair ('chosen', 'rejected')";
            case RATING -> "a rating ('label')";
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
