package io.github.ift4j.jlama.text.jinja;

import java.util.List;

/** The expressions of a template. */
sealed interface Expression {
    record Constant(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record ListLiteral(List<Expression> items) implements Expression {}

    record TupleLiteral(List<Expression> items) implements Expression {}

    record DictLiteral(List<Entry> entries) implements Expression {}

    record Entry(Expression key, Expression value) {}

    /** {@code operator} is {@code -} or {@code +}. */
    record Unary(String operator, Expression operand) implements Expression {}

    record Not(Expression operand) implements Expression {}

    /** {@code operator} is one of {@code + - * / // % **}. */
    record Binary(String operator, Expression left, Expression right) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    /** A chain, as {@code a < b <= c}. */
    record Compare(Expression first, List<Operand> operands) implements Expression {}

    /** {@code operator} is one of {@code == != < <= > >= in}, or {@code not in}. */
    record Operand(String operator, Expression right) {}

    /** {@code a ~ b ~ c}. */
    record Concat(List<Expression> parts) implements Expression {}

    /** {@code orElse} is null when it is left out. */
    record Conditional(Expression test, Expression then, Expression orElse) implements Expression {}

    record Attribute(Expression object, String name) implements Expression {}

    record Item(Expression object, Expression key) implements Expression {}

    /** Only as the key of an {@link Item}; each part may be null. */
    record Slice(Expression start, Expression stop, Expression step) implements Expression {}

    record Call(Expression callee, CallArguments arguments) implements Expression {}

    /** {@code operand} is null where the text of a block is filtered. */
    record Filter(Expression operand, String name, CallArguments arguments) implements Expression {}

    record Test(Expression operand, String name, CallArguments arguments) implements Expression {}

    /** {@code f(positional, …, name=value, …, *spread, **spreadKeywords)}; the spreads may be null. */
    record CallArguments(
            List<Expression> positional, List<Keyword> keywords, Expression spread, Expression spreadKeywords) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);
    }

    record Keyword(String name, Expression value) {}
}
