package io.github.ift4j.jlama.text.jinja;

import com.google.common.base.Preconditions;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A chat template, parsed. Renders as Jinja2 3.1 does with {@code trim_blocks}, {@code lstrip_blocks}, loop controls and what
 * transformers adds: {@code raise_exception}, {@code strftime_now}, {@code {% generation %}} and a {@code tojson} that escapes
 * neither HTML nor other scripts. Without loaders ({@code include}, {@code import}, {@code extends}, {@code block}) and without
 * anything that changes a list or dict. Immutable; any number of threads may render it.
 */
public final class Template {
    private final List<Statement> statements;
    private final Limits limits;

    private Template(List<Statement> statements, Limits limits) {
        this.statements = statements;
        this.limits = limits;
    }

    /** Parses with {@link Limits#DEFAULT}. */
    public static Template parse(String source) {
        return parse(source, Limits.DEFAULT);
    }

    /**
     * Parses a template.
     *
     * @throws TemplateException when it is malformed or beyond the limits
     */
    public static Template parse(String source, Limits limits) {
        Preconditions.checkNotNull(source, "source");
        if (source.length() > limits.templateChars()) {
            throw new TemplateException("the chat template is longer than %d chars".formatted(limits.templateChars()));
        }
        try {
            return new Template(TemplateParser.parse(source, limits), limits);
        } catch (StackOverflowError e) {
            throw new TemplateException("the chat template nests too deep");
        }
    }

    /**
     * Renders the template.
     *
     * @param variables JSON values by name
     * @param now what {@code strftime_now} sees
     * @throws TemplateException when the template fails, refuses the variables or goes beyond the limits
     * @throws IllegalArgumentException when a variable is not made of what JSON knows
     */
    public Rendering render(Map<String, ?> variables, Supplier<LocalDateTime> now) {
        Budget budget = new Budget(limits);
        Scope globals = new Scope(null);
        new Globals(budget, now).byName().forEach(globals::set);
        Scope context = new Scope(globals);
        variables.forEach((name, value) -> context.set(name, Values.fromHost(value)));
        try {
            return new Renderer(budget).render(statements, new Scope(context));
        } catch (StackOverflowError e) {
            throw new TemplateException("the chat template nests too deep");
        }
    }
}
