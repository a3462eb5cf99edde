package io.github.ift4j.jlama.text.jinja;

import java.util.List;

/** What a template is made of. Lines count from 1. */
sealed interface Statement {
    int line();

    record Text(String text, int line) implements Statement {}

    record Print(Expression value, int line) implements Statement {}

    record If(List<Branch> branches, List<Statement> orElse, int line) implements Statement {}

    record Branch(Expression test, List<Statement> body) {}

    /** {@code filter} is null when there is none. */
    record For(
            Target target,
            Expression iterable,
            Expression filter,
            boolean recursive,
            List<Statement> body,
            List<Statement> orElse,
            int line)
            implements Statement {}

    record Set(Target target, Expression value, int line) implements Statement {}

    /** {@code filter} is null when there is none. */
    record SetBlock(Target target, Expression.Filter filter, List<Statement> body, int line) implements Statement {}

    record With(List<Target> targets, List<Expression> values, List<Statement> body, int line) implements Statement {}

    record MacroDefinition(MacroSignature signature, List<Statement> body, int line) implements Statement {}

    record CallBlock(MacroSignature caller, Expression.Call call, List<Statement> body, int line)
            implements Statement {}

    record FilterBlock(Expression.Filter filter, List<Statement> body, int line) implements Statement {}

    /** What the assistant says, as transformers' {@code {% generation %}} marks it. */
    record Generation(List<Statement> body, int line) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /** What can be assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        record NamespaceField(String namespace, String field) implements Target {}

        record Unpacked(List<Target> targets) implements Target {}
    }

    /**
     * A macro's head.
     *
     * @param defaults values of the last parameters, may be fewer than the parameters
     * @param usesVarargs whether the body asks for {@code varargs}
     * @param usesKwargs whether the body asks for {@code kwargs}
     * @param usesCaller whether the body asks for {@code caller}
     */
    record MacroSignature(
            String name,
            List<String> parameters,
            List<Expression> defaults,
            boolean usesVarargs,
            boolean usesKwargs,
            boolean usesCaller) {}
}
