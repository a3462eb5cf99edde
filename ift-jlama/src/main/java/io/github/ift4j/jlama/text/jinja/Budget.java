package io.github.ift4j.jlama.text.jinja;

/** What is left of the {@link Limits} in one rendering. */
final class Budget {
    private static final int SEARCH_CHARS_PER_STEP = 256;

    private final Limits limits;
    private long steps;
    private long chars;
    private int depth;

    Budget(Limits limits) {
        this.limits = limits;
        this.steps = limits.steps();
        this.chars = limits.chars();
    }

    void step() {
        steps(1);
    }

    /** Pays for {@code count} items or evaluations before they are made. */
    void steps(long count) {
        if (count < 0 || count > steps) {
            throw new TemplateException("the template takes more than %d steps".formatted(limits.steps()));
        }
        steps -= count;
    }

    /** Pays for a string of {@code count} chars before it is made. */
    void chars(long count) {
        if (count < 0 || count > chars) {
            throw new TemplateException("the template builds more than %d chars".formatted(limits.chars()));
        }
        chars -= count;
    }

    /** What so many things of a size take together; {@link Long#MAX_VALUE} where that is more. */
    static long product(long size, long count) {
        return Math.multiplyHigh(size, count) == 0 && size * count >= 0 ? size * count : Long.MAX_VALUE;
    }

    /** Pays for looking for {@code part} in {@code text}, at worst once from each char. */
    void search(String text, String part) {
        steps(1 + ((long) text.length() * Math.max(1, part.length())) / SEARCH_CHARS_PER_STEP);
    }

    /** Pays for looking at every char of a text once. */
    void scan(String text) {
        scan(text.length());
    }

    /** Pays for looking at so many chars once. */
    void scan(long chars) {
        steps(chars / SEARCH_CHARS_PER_STEP);
    }

    /** Pays for looking at the strings among the values of a call. */
    void scan(Arguments arguments) {
        arguments.positional().forEach(this::scanIfText);
        arguments.keywords().values().forEach(this::scanIfText);
    }

    /** Pays for looking at a value that is a string. */
    void scanIfText(Object value) {
        if (value instanceof String text) {
            scan(text);
        }
    }

    /** Goes one level deeper; {@link #leave} must follow. */
    void enter() {
        if (++depth > limits.depth()) {
            throw new TemplateException("the template nests deeper than %d levels".formatted(limits.depth()));
        }
    }

    void leave() {
        depth--;
    }
}
