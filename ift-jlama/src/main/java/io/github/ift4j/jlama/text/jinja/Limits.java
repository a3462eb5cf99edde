package io.github.ift4j.jlama.text.jinja;

import com.google.common.base.Preconditions;

/**
 * How much an untrusted template may do.
 *
 * @param templateChars longest template source
 * @param depth deepest nesting of tags, expressions, values and macro calls
 * @param steps expressions and statements evaluated, and items of lists built, in one rendering
 * @param chars chars of all strings built in one rendering, the output included
 */
public record Limits(int templateChars, int depth, long steps, long chars) {
    /**
     * Ample for conversations of millions of chars. A template that never ends is over within seconds, and one that keeps all it
     * builds holds some hundreds of megabytes at most.
     */
    public static final Limits DEFAULT = new Limits(1 << 20, 400, 10_000_000, 64_000_000);

    public Limits {
        Preconditions.checkArgument(templateChars > 0, "templateChars must be positive, not %s", templateChars);
        Preconditions.checkArgument(depth > 0 && depth <= 1000, "depth must be from 1 to 1000, not %s", depth);
        Preconditions.checkArgument(steps > 0, "steps must be positive, not %s", steps);
        Preconditions.checkArgument(chars > 0, "chars must be positive, not %s", chars);
    }
}
