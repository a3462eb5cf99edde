package io.github.ift4j.jlama.text.jinja;

import com.google.common.base.Preconditions;

/**
 * A piece of a text.
 *
 * @param start first char
 * @param end one past the last char
 */
public record TextSpan(int start, int end) {
    public TextSpan {
        Preconditions.checkArgument(0 <= start && start <= end, "a span from %s to %s is none", start, end);
    }
}
