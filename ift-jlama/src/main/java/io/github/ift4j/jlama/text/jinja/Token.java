package io.github.ift4j.jlama.text.jinja;

/**
 * One token of a template.
 *
 * @param text as written; of a string, what it stands for
 * @param line from 1
 */
record Token(TokenType type, String text, int line) {
    boolean isName(String name) {
        return type == TokenType.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return type == TokenType.OPERATOR && text.equals(operator);
    }

    String described() {
        return switch (type) {
            case DATA -> "template text";
            case VARIABLE_BEGIN -> "'{{'";
            case VARIABLE_END -> "'}}'";
            case BLOCK_BEGIN -> "'{%'";
            case BLOCK_END -> "'%}'";
            case STRING -> "a string";
            case END -> "the end of the template";
            case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
        };
    }
}
