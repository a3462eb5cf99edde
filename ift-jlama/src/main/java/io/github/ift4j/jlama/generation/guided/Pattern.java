package io.github.ift4j.jlama.generation.guided;

import java.util.List;

/** The tree of a regular expression over code points. */
sealed interface Pattern {
    /** One code point out of a set. */
    record OneOf(CodePoints set) implements Pattern {}

    /** One after the other; an empty list is the empty text. */
    record All(List<Pattern> parts) implements Pattern {}

    /** Any one of them. */
    record Any(List<Pattern> alternatives) implements Pattern {}

    /** @param most {@link #UNBOUNDED} for any number */
    record Times(Pattern part, int least, int most) implements Pattern {}

    /** The start of the text ({@code ^}). */
    record Start() implements Pattern {}

    /** The end of the text ({@code $}). */
    record End() implements Pattern {}

    /** No upper bound of repetitions. */
    int UNBOUNDED = Integer.MAX_VALUE;

    /** This pattern anywhere in a text, as JSON schema means it. */
    default Pattern anywhere() {
        Pattern anything = new Times(new OneOf(CodePoints.ALL), 0, UNBOUNDED);
        return new All(List.of(anything, this, anything));
    }
}
