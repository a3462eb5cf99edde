package io.github.ift4j.jlama.text.jinja;

/** A template that cannot be parsed or rendered, or that refuses its messages ({@code raise_exception}). */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final String reason;

    /** A failure whose place is not known yet. */
    TemplateException(String reason) {
        this(reason, 0, null);
    }

    TemplateException(String reason, int line) {
        this(reason, line, null);
    }

    private TemplateException(String reason, int line, Throwable cause) {
        super(line > 0 ? "line %d of the chat template: %s".formatted(line, reason) : reason, cause);
        this.line = line;
        this.reason = reason;
    }

    /** The same failure at a line, unless it has one already. */
    TemplateException at(int line) {
        return this.line > 0 ? this : new TemplateException(reason, line, this);
    }

    /** Line of the template, from 1; 0 when it is not known. */
    public int line() {
        return line;
    }

    /** What went wrong, without the place; for {@code raise_exception} the template's own words. */
    public String reason() {
        return reason;
    }
}
