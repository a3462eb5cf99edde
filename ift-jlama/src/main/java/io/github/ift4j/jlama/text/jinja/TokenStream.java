package io.github.ift4j.jlama.text.jinja;

import java.util.List;
import java.util.Locale;

/** Tokens read from left to right, with a look at the next but one. */
final class TokenStream {
    private final List<Token> tokens;
    private int position;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(position);
    }

    Token look() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = current();
        if (token.type() != TokenType.END) {
            position++;
        }
        return token;
    }

    boolean at(TokenType type) {
        return current().type() == type;
    }

    boolean atOperator(String operator) {
        return current().isOperator(operator);
    }

    boolean atName(String name) {
        return current().isName(name);
    }

    boolean skipOperator(String operator) {
        return skipIf(atOperator(operator));
    }

    boolean skipName(String name) {
        return skipIf(atName(name));
    }

    private boolean skipIf(boolean wanted) {
        if (wanted) {
            next();
        }
        return wanted;
    }

    Token expect(TokenType type) {
        if (!at(type)) {
            throw unexpected("expected " + new Token(type, type.name().toLowerCase(Locale.ROOT), 0).described());
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("expected '" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("expected '" + name + "'");
        }
    }

    TemplateException unexpected(String expectation) {
        return new TemplateException(
                "%s, got %s".formatted(expectation, current().described()),
                current().line());
    }
}
