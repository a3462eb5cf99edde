package io.github.ift4j.jlama.text.jinja;

import io.github.ift4j.jlama.text.jinja.Expression.CallArguments;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Parses expressions by Jinja's precedences: or, and, not, comparisons, + -, ~, * / // %, **, unary, postfix and filters. */
final class ExpressionParser {
    /** A level takes a dozen calls of the parser, so fewer of them fit on the stack than when a template runs. */
    private static final int MAX_DEPTH = 120;

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenStream tokens;
    private final Limits limits;
    private final Set<String> names = new HashSet<>();
    private int depth;

    ExpressionParser(TokenStream tokens, Limits limits) {
        this.tokens = tokens;
        this.limits = limits;
    }

    /** Every variable named in an expression so far; a caller may empty it. */
    Set<String> names() {
        return names;
    }

    /** Counts a level of nesting that the caller enters; {@link #leave} must follow. */
    void enter() {
        if (++depth > Math.min(MAX_DEPTH, limits.depth())) {
            throw new TemplateException(
                    "nested deeper than %d levels".formatted(depth - 1),
                    tokens.current().line());
        }
    }

    void leave() {
        depth--;
    }

    Expression expression() {
        return expression(true);
    }

    Expression expression(boolean conditional) {
        enter();
        try {
            return conditional ? conditional() : or();
        } finally {
            leave();
        }
    }

    /** One expression, or several with commas between them as a tuple. */
    Expression tuple(boolean conditional) {
        return tuple(conditional, false, "");
    }

    /** A tuple or expression that the name {@code end} may follow. */
    Expression tupleUntil(String end) {
        return tuple(false, false, end);
    }

    private Expression tuple(boolean conditional, boolean inParentheses, String end) {
        List<Expression> items = new ArrayList<>();
        boolean isTuple = false;
        while (true) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
            }
            if (isTupleEnd(end)) {
                break;
            }
            items.add(expression(conditional));
            if (!tokens.atOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (isTuple || (items.isEmpty() && inParentheses)) {
            return new Expression.TupleLiteral(items);
        }
        if (items.isEmpty()) {
            throw tokens.unexpected("expected an expression");
        }
        return items.get(0);
    }

    private boolean isTupleEnd(String end) {
        return tokens.at(TokenType.VARIABLE_END)
                || tokens.at(TokenType.BLOCK_END)
                || tokens.atOperator(")")
                || (!end.isEmpty() && tokens.atName(end));
    }

    private Expression conditional() {
        Expression value = or();
        while (tokens.skipName("if")) {
            Expression test = or();
            Expression orElse = tokens.skipName("else") ? expression() : null;
            value = new Expression.Conditional(test, value, orElse);
        }
        return value;
    }

    private Expression or() {
        Expression left = and();
        while (tokens.skipName("or")) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.skipName("and")) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        if (!tokens.skipName("not")) {
            return comparison();
        }
        enter();
        Expression operand = not();
        leave();
        return new Expression.Not(operand);
    }

    private Expression comparison() {
        Expression first = sum();
        List<Expression.Operand> operands = new ArrayList<>();
        while (true) {
            if (tokens.at(TokenType.OPERATOR)
                    && COMPARISONS.contains(tokens.current().text())) {
                String operator = tokens.next().text();
                operands.add(new Expression.Operand(operator, sum()));
            } else if (tokens.skipName("in")) {
                operands.add(new Expression.Operand("in", sum()));
            } else if (tokens.atName("not") && tokens.look().isName("in")) {
                tokens.next();
                tokens.next();
                operands.add(new Expression.Operand("not in", sum()));
            } else {
                return operands.isEmpty() ? first : new Expression.Compare(first, operands);
            }
        }
    }

    private Expression sum() {
        Expression left = concat();
        while (tokens.atOperator("+") || tokens.atOperator("-")) {
            String operator = tokens.next().text();
            left = new Expression.Binary(operator, left, concat());
        }
        return left;
    }

    private Expression concat() {
        Expression first = product();
        if (!tokens.atOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return new Expression.Concat(parts);
    }

    private Expression product() {
        Expression left = power();
        while (tokens.atOperator("*") || tokens.atOperator("/") || tokens.atOperator("//") || tokens.atOperator("%")) {
            String operator = tokens.next().text();
            left = new Expression.Binary(operator, left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.skipOperator("**")) {
            left = new Expression.Binary("**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        Expression operand;
        if (tokens.atOperator("-") || tokens.atOperator("+")) {
            String operator = tokens.next().text();
            enter();
            operand = new Expression.Unary(operator, unary(false));
            leave();
        } else {
            operand = primary();
        }
        operand = postfix(operand);
        return withFilters ? filtersAndTests(operand) : operand;
    }

    /** A name, a literal or something in brackets. */
    Expression primary() {
        Token token = tokens.current();
        return switch (token.type()) {
            case NAME -> {
                tokens.next();
                yield nameOrConstant(token.text());
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (tokens.at(TokenType.STRING)) {
                    text.append(tokens.next().text());
                }
                yield new Expression.Constant(text.toString());
            }
            case INTEGER -> new Expression.Constant(integer(tokens.next()));
            case FLOAT ->
                new Expression.Constant(Double.parseDouble(tokens.next().text().replace("_", "")));
            case OPERATOR -> bracketed(token);
            default -> throw tokens.unexpected("expected an expression");
        };
    }

    private Expression nameOrConstant(String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Constant(true);
            case "false", "False" -> new Expression.Constant(false);
            case "none", "None" -> new Expression.Constant(null);
            default -> {
                names.add(name);
                yield new Expression.Name(name);
            }
        };
    }

    private static Object integer(Token token) {
        String digits = token.text().replace("_", "").toLowerCase(Locale.ROOT);
        int radix = digits.startsWith("0x") ? 16 : digits.startsWith("0o") ? 8 : digits.startsWith("0b") ? 2 : 10;
        BigInteger value = new BigInteger(radix == 10 ? digits : digits.substring(2), radix);
        if (value.bitLength() >= Long.SIZE) {
            throw new TemplateException("the number %s is too large".formatted(token.text()), token.line());
        }
        return value.longValue();
    }

    private Expression bracketed(Token token) {
        return switch (token.text()) {
            case "(" -> {
                tokens.next();
                Expression inside = tuple(true, true, "");
                tokens.expectOperator(")");
                yield inside;
            }
            case "[" -> list();
            case "{" -> dict();
            default -> throw tokens.unexpected("expected an expression");
        };
    }

    private Expression list() {
        tokens.expectOperator("[");
        List<Expression> items = new ArrayList<>();
        while (!tokens.atOperator("]")) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.atOperator("]")) {
                    break;
                }
            }
            items.add(expression());
        }
        tokens.expectOperator("]");
        return new Expression.ListLiteral(items);
    }

    private Expression dict() {
        tokens.expectOperator("{");
        List<Expression.Entry> entries = new ArrayList<>();
        while (!tokens.atOperator("}")) {
            if (!entries.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.atOperator("}")) {
                    break;
                }
            }
            Expression key = expression();
            tokens.expectOperator(":");
            entries.add(new Expression.Entry(key, expression()));
        }
        tokens.expectOperator("}");
        return new Expression.DictLiteral(entries);
    }

    private Expression postfix(Expression operand) {
        Expression value = operand;
        while (true) {
            if (tokens.atOperator(".") || tokens.atOperator("[")) {
                value = subscript(value);
            } else if (tokens.atOperator("(")) {
                value = new Expression.Call(value, callArguments());
            } else {
                return value;
            }
        }
    }

    private Expression filtersAndTests(Expression operand) {
        Expression value = operand;
        while (true) {
            if (tokens.atOperator("|")) {
                value = filter(value);
            } else if (tokens.atName("is")) {
                value = test(value);
            } else if (tokens.atOperator("(")) {
                value = new Expression.Call(value, callArguments());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression object) {
        if (tokens.skipOperator(".")) {
            Token attribute = tokens.next();
            return switch (attribute.type()) {
                case NAME -> new Expression.Attribute(object, attribute.text());
                case INTEGER -> new Expression.Item(object, new Expression.Constant(integer(attribute)));
                default ->
                    throw new TemplateException(
                            "expected a name or a number after '.', got %s".formatted(attribute.described()),
                            attribute.line());
            };
        }
        tokens.expectOperator("[");
        List<Expression> keys = new ArrayList<>();
        while (!tokens.atOperator("]")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
            }
            keys.add(subscriptKey());
        }
        tokens.expectOperator("]");
        return new Expression.Item(object, keys.size() == 1 ? keys.get(0) : new Expression.TupleLiteral(keys));
    }

    private Expression subscriptKey() {
        Expression start = tokens.atOperator(":") ? null : expression();
        if (!tokens.skipOperator(":")) {
            return start;
        }
        Expression stop = atSliceEnd() || tokens.atOperator(":") ? null : expression();
        Expression step = tokens.skipOperator(":") && !atSliceEnd() ? expression() : null;
        return new Expression.Slice(start, stop, step);
    }

    private boolean atSliceEnd() {
        return tokens.atOperator("]") || tokens.atOperator(",");
    }

    private CallArguments callArguments() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Expression.Keyword> keywords = new ArrayList<>();
        Expression spread = null;
        Expression spreadKeywords = null;
        boolean first = true;
        while (!tokens.atOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.atOperator(")")) {
                    break;
                }
            }
            first = false;
            if (tokens.atOperator("*") && spread == null && spreadKeywords == null) {
                tokens.next();
                spread = expression();
            } else if (tokens.atOperator("**") && spreadKeywords == null) {
                tokens.next();
                spreadKeywords = expression();
            } else if (tokens.at(TokenType.NAME) && tokens.look().isOperator("=") && spreadKeywords == null) {
                String name = tokens.next().text();
                tokens.next();
                keywords.add(new Expression.Keyword(name, expression()));
            } else if (spread == null && spreadKeywords == null && keywords.isEmpty()) {
                positional.add(expression());
            } else {
                throw tokens.unexpected("arguments by position must come before the others");
            }
        }
        tokens.expectOperator(")");
        return new CallArguments(positional, keywords, spread, spreadKeywords);
    }

    private Expression.Filter filter(Expression operand) {
        tokens.expectOperator("|");
        return filterCall(operand);
    }

    /** One or more filters of a block: {@code upper | trim}; the innermost operand is null. */
    Expression.Filter blockFilters() {
        Expression.Filter filter = filterCall(null);
        while (tokens.atOperator("|")) {
            filter = filter(filter);
        }
        return filter;
    }

    private Expression.Filter filterCall(Expression operand) {
        String name = dottedName();
        CallArguments arguments = tokens.atOperator("(") ? callArguments() : CallArguments.NONE;
        return new Expression.Filter(operand, name, arguments);
    }

    private Expression test(Expression operand) {
        tokens.expectName("is");
        boolean negated = tokens.skipName("not");
        String name = dottedName();
        CallArguments arguments = CallArguments.NONE;
        if (tokens.atOperator("(")) {
            arguments = callArguments();
        } else if (beginsTestArgument()) {
            if (tokens.atName("is")) {
                throw new TemplateException(
                        "tests cannot be chained with 'is'", tokens.current().line());
            }
            enter();
            arguments = new CallArguments(List.of(postfix(primary())), List.of(), null, null);
            leave();
        }
        Expression test = new Expression.Test(operand, name, arguments);
        return negated ? new Expression.Not(test) : test;
    }

    private boolean beginsTestArgument() {
        return switch (tokens.current().type()) {
            case NAME -> !tokens.atName("else") && !tokens.atName("or") && !tokens.atName("and");
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> tokens.atOperator("[") || tokens.atOperator("{");
            default -> false;
        };
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(tokens.expect(TokenType.NAME).text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(TokenType.NAME).text());
        }
        return name.toString();
    }
}
