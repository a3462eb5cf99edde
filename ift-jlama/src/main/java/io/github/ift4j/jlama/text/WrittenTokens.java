package io.github.ift4j.jlama.text;

/**
 * Tokens of a text, and which of them are written out in it, as {@code <|end|>} is.
 *
 * <p>The tokenizer may count white space beside a special token as part of it; here a token lies where its own chars are.
 */
record WrittenTokens(Tokenizer tokenizer, String text, Encoding encoding) {
    int length() {
        return encoding.length();
    }

    int id(int t) {
        return encoding.ids()[t];
    }

    boolean isSpecial(int t) {
        return tokenizer.isSpecial(id(t));
    }

    /** Whether the token's own text stands in the text; an unknown token stands for some other text. */
    boolean isWhole(int t) {
        return offset(t) >= 0;
    }

    /** First char of a whole token. */
    int start(int t) {
        return encoding.starts()[t] + offset(t);
    }

    /** One past the last char of a whole token. */
    int end(int t) {
        return start(t) + tokenizer.tokenOf(id(t)).length();
    }

    private int offset(int t) {
        String token = tokenizer.tokenOf(id(t));
        return token == null || encoding.starts()[t] == Encoding.ADDED
                ? -1
                : text.substring(encoding.starts()[t], encoding.ends()[t]).indexOf(token);
    }
}
