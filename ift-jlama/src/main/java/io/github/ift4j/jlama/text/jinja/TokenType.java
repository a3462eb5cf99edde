package io.github.ift4j.jlama.text.jinja;

/** Kinds of tokens of a template. */
enum TokenType {
    DATA,
    VARIABLE_BEGIN,
    VARIABLE_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
}
