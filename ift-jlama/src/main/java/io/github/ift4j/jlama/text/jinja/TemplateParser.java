package io.github.ift4j.jlama.text.jinja;

import io.github.ift4j.jlama.text.jinja.Statement.MacroSignature;
import io.github.ift4j.jlama.text.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Parses the statements of a template. */
final class TemplateParser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int loops;

    private TemplateParser(String source, Limits limits) {
        this.tokens = new TokenStream(Lexer.tokens(source));
        this.expressions = new ExpressionParser(tokens, limits);
    }

    static List<Statement> parse(String source, Limits limits) {
        TemplateParser parser = new TemplateParser(source, limits);
        return parser.body();
    }

    /** Statements up to the end of the template or one of the end tags, whose name becomes the current token. */
    private List<Statement> body(String... ends) {
        List<Statement> body = new ArrayList<>();
        while (!tokens.at(TokenType.END)) {
            Token token = tokens.next();
            switch (token.type()) {
                case DATA -> body.add(new Statement.Text(token.text(), token.line()));
                case VARIABLE_BEGIN -> {
                    body.add(new Statement.Print(expressions.tuple(true), token.line()));
                    tokens.expect(TokenType.VARIABLE_END);
                }
                case BLOCK_BEGIN -> {
                    if (Arrays.stream(ends).anyMatch(tokens::atName)) {
                        return body;
                    }
                    body.addAll(statement(ends));
                    tokens.expect(TokenType.BLOCK_END);
                }
                default -> throw new TemplateException("unexpected " + token.described(), token.line());
            }
        }
        if (ends.length > 0) {
            throw new TemplateException(
                    "the template ends where %s is expected".formatted(String.join(" or ", ends)),
                    tokens.current().line());
        }
        return body;
    }

    private List<Statement> bodyInside(String... ends) {
        tokens.skipOperator(":");
        tokens.expect(TokenType.BLOCK_END);
        expressions.enter();
        List<Statement> body = body(ends);
        expressions.leave();
        return body;
    }

    private List<Statement> bodyUntil(String end) {
        List<Statement> body = bodyInside(end);
        tokens.next();
        return body;
    }

    private List<Statement> statement(String... ends) {
        Token tag = tokens.expect(TokenType.NAME);
        int line = tag.line();
        return switch (tag.text()) {
            case "if" -> List.of(ifStatement(line));
            case "for" -> List.of(forStatement(line));
            case "set" -> List.of(set(line));
            case "with" -> List.of(with(line));
            case "macro" -> List.of(macro(line));
            case "call" -> List.of(callBlock(line));
            case "filter" ->
                List.of(new Statement.FilterBlock(expressions.blockFilters(), bodyUntil("endfilter"), line));
            case "generation" -> List.of(new Statement.Generation(bodyUntil("endgeneration"), line));
            case "break" -> List.of(inLoop(new Statement.Break(line)));
            case "continue" -> List.of(inLoop(new Statement.Continue(line)));
            case "print" -> print(line);
            default ->
                throw new TemplateException(
                        ends.length == 0
                                ? "unknown tag '%s'".formatted(tag.text())
                                : "unknown tag '%s'; expected %s".formatted(tag.text(), String.join(" or ", ends)),
                        line);
        };
    }

    private List<Statement> print(int line) {
        List<Statement> prints = new ArrayList<>();
        while (!tokens.at(TokenType.BLOCK_END)) {
            if (!prints.isEmpty()) {
                tokens.expectOperator(",");
            }
            prints.add(new Statement.Print(expressions.expression(), line));
        }
        return prints;
    }

    private Statement ifStatement(int line) {
        List<Statement.Branch> branches = new ArrayList<>();
        List<Statement> orElse = List.of();
        while (true) {
            Expression test = expressions.tuple(false);
            branches.add(new Statement.Branch(test, bodyInside("elif", "else", "endif")));
            String end = tokens.next().text();
            if (end.equals("else")) {
                orElse = bodyUntil("endif");
            }
            if (!end.equals("elif")) {
                return new Statement.If(branches, orElse, line);
            }
        }
    }

    private Statement inLoop(Statement statement) {
        if (loops == 0) {
            throw new TemplateException("'break' and 'continue' stand only within a loop", statement.line());
        }
        return statement;
    }

    private Statement forStatement(int line) {
        Target target = target("in", false);
        tokens.expectName("in");
        Expression iterable = expressions.tupleUntil("recursive");
        Expression filter = tokens.skipName("if") ? expressions.expression() : null;
        boolean recursive = tokens.skipName("recursive");
        loops++;
        List<Statement> body = bodyInside("endfor", "else");
        loops--;
        List<Statement> orElse = tokens.next().text().equals("else") ? bodyUntil("endfor") : List.of();
        return new Statement.For(target, iterable, filter, recursive, body, orElse, line);
    }

    private Statement set(int line) {
        Target target = target("", true);
        if (tokens.skipOperator("=")) {
            return new Statement.Set(target, expressions.tuple(true), line);
        }
        Expression.Filter filter = tokens.skipOperator("|") ? expressions.blockFilters() : null;
        return new Statement.SetBlock(target, filter, bodyUntil("endset"), line);
    }

    private Statement with(int line) {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.at(TokenType.BLOCK_END)) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(target("", false));
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Statement.With(targets, values, bodyUntil("endwith"), line);
    }

    private Statement macro(int line) {
        String name = tokens.expect(TokenType.NAME).text();
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        parameters(parameters, defaults);
        Body body = bodyWithNames("endmacro");
        return new Statement.MacroDefinition(body.signature(name, parameters, defaults), body.statements(), line);
    }

    private Statement callBlock(int line) {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        if (tokens.atOperator("(")) {
            parameters(parameters, defaults);
        }
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw new TemplateException("expected a call after 'call'", line);
        }
        Body body = bodyWithNames("endcall");
        return new Statement.CallBlock(body.signature("caller", parameters, defaults), call, body.statements(), line);
    }

    /** A macro's body and the variables named in it. */
    private record Body(List<Statement> statements, Set<String> names) {
        MacroSignature signature(String name, List<String> parameters, List<Expression> defaults) {
            return new MacroSignature(
                    name,
                    parameters,
                    defaults,
                    names.contains("varargs"),
                    names.contains("kwargs"),
                    names.contains("caller"));
        }
    }

    private Body bodyWithNames(String end) {
        Set<String> outside = new HashSet<>(expressions.names());
        expressions.names().clear();
        List<Statement> statements = bodyUntil(end);
        Body body = new Body(statements, Set.copyOf(expressions.names()));
        expressions.names().addAll(outside);
        return body;
    }

    private void parameters(List<String> names, List<Expression> defaults) {
        tokens.expectOperator("(");
        while (!tokens.atOperator(")")) {
            if (!names.isEmpty()) {
                tokens.expectOperator(",");
            }
            names.add(tokens.expect(TokenType.NAME).text());
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw tokens.unexpected("a parameter without a default follows one with a default");
            }
        }
        tokens.expectOperator(")");
    }

    private Target target(String end, boolean withNamespace) {
        int line = tokens.current().line();
        List<Target> targets = new ArrayList<>();
        boolean unpacked = false;
        while (true) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            boolean ended = tokens.at(TokenType.BLOCK_END) || (!end.isEmpty() && tokens.atName(end));
            if (ended || tokens.atOperator("=")) {
                break;
            }
            targets.add(singleTarget(line, withNamespace));
            if (!tokens.atOperator(",")) {
                break;
            }
            unpacked = true;
        }
        if (targets.isEmpty()) {
            throw tokens.unexpected("expected a name to assign to");
        }
        return unpacked ? new Target.Unpacked(targets) : targets.get(0);
    }

    private Target singleTarget(int line, boolean withNamespace) {
        if (withNamespace && tokens.at(TokenType.NAME) && tokens.look().isOperator(".")) {
            String namespace = tokens.next().text();
            tokens.next();
            return new Target.NamespaceField(
                    namespace, tokens.expect(TokenType.NAME).text());
        }
        return toTarget(expressions.primary(), line);
    }

    private static Target toTarget(Expression expression, int line) {
        return switch (expression) {
            case Expression.Name name -> new Target.Variable(name.name());
            case Expression.TupleLiteral tuple -> unpacked(tuple.items(), line);
            default -> throw new TemplateException("cannot assign to this expression", line);
        };
    }

    private static Target unpacked(List<Expression> items, int line) {
        return new Target.Unpacked(
                items.stream().map(item -> toTarget(item, line)).toList());
    }
}
