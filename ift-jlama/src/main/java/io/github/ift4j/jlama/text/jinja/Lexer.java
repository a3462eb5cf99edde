package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Splits a template into tokens with Jinja's rules for white space: {@code trim_blocks} and {@code lstrip_blocks} on, one
 * newline at the very end dropped, {@code -} and {@code +} at tags honoured.
 */
final class Lexer {
    private static final String[] OPERATORS = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";"
    };

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    /** Whether what was read last ends with a newline, or nothing was read yet. */
    private boolean lineStarting = true;

    private Lexer(String source) {
        String unix = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
    }

    /** All tokens, the last of type {@link TokenType#END}. */
    static List<Token> tokens(String source) {
        return new Lexer(source).run();
    }

    private List<Token> run() {
        while (position < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                data(source.substring(position));
                moveTo(source.length());
                break;
            }
            template(tag);
        }
        add(TokenType.END, "");
        return tokens;
    }

    private int nextTag() {
        for (int i = source.indexOf('{', position); i >= 0; i = source.indexOf('{', i + 1)) {
            if (source.startsWith("{%", i) || source.startsWith("{{", i) || source.startsWith("{#", i)) {
                return i;
            }
        }
        return -1;
    }

    /** The text before the tag at {@code tag}, and the tag. */
    private void template(int tag) {
        String text = source.substring(position, tag);
        char kind = source.charAt(tag + 1);
        char sign = signAt(tag + 2);
        data(stripped(text, sign, kind != '{'));
        moveTo(tag);
        int raw = kind == '%' ? rawEnd(tag) : -1;
        if (raw >= 0) {
            moveTo(raw);
            raw();
            return;
        }
        add(kind == '%' ? TokenType.BLOCK_BEGIN : TokenType.VARIABLE_BEGIN, "", kind != '#');
        moveTo(tag + (sign == 0 ? 2 : 3));
        switch (kind) {
            case '#' -> comment();
            case '%' -> code(TokenType.BLOCK_END);
            default -> code(TokenType.VARIABLE_END);
        }
    }

    private String stripped(String text, char sign, boolean stripsLine) {
        if (sign == '-') {
            return Whitespace.stripTrailing(text);
        }
        if (sign != '+' && stripsLine) {
            int lineStart = text.lastIndexOf('\n') + 1;
            if ((lineStart > 0 || lineStarting) && Whitespace.all(text, lineStart)) {
                return text.substring(0, lineStart);
            }
        }
        return text;
    }

    private void comment() {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw new TemplateException("the comment that begins here never ends", line);
        }
        char sign = end > position ? signAt(end - 1) : 0;
        afterTag(end + 2, sign);
    }

    /** Where the raw block's content begins when the tag is {@code {% raw %}}, else -1. */
    private int rawEnd(int tag) {
        int i = Whitespace.skip(source, tag + (signAt(tag + 2) == 0 ? 2 : 3));
        if (!source.startsWith("raw", i)) {
            return -1;
        }
        i = Whitespace.skip(source, i + 3);
        if (source.startsWith("-%}", i)) {
            return Whitespace.skip(source, i + 3);
        }
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private void raw() {
        lineStarting = source.charAt(position - 1) == '\n';
        for (int tag = source.indexOf("{%", position); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
            char sign = signAt(tag + 2);
            int i = Whitespace.skip(source, tag + (sign == 0 ? 2 : 3));
            if (!source.startsWith("endraw", i)) {
                continue;
            }
            i = Whitespace.skip(source, i + "endraw".length());
            char endSign = signAt(i);
            if (source.startsWith("%}", endSign == 0 ? i : i + 1)) {
                data(stripped(source.substring(position, tag), sign, true));
                afterTag(i + (endSign == 0 ? 2 : 3), endSign);
                return;
            }
        }
        throw new TemplateException("the raw block that begins here never ends", line);
    }

    /** Goes on after a tag that ends before {@code end} with this sign; trims what follows. */
    private void afterTag(int end, char sign) {
        int next = end;
        if (sign == '-') {
            next = Whitespace.skip(source, end);
        } else if (sign != '+' && end < source.length() && source.charAt(end) == '\n') {
            next = end + 1;
        }
        moveTo(next);
        lineStarting = source.charAt(next - 1) == '\n';
    }

    private void code(TokenType endType) {
        String end = endType == TokenType.BLOCK_END ? "%}" : "}}";
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            moveTo(Whitespace.skip(source, position));
            if (position >= source.length()) {
                return;
            }
            if (open.isEmpty() && ends(end, endType)) {
                return;
            }
            char c = source.charAt(position);
            if (c >= '0' && c <= '9') {
                number();
            } else if (isWord(position)) {
                name();
            } else if (c == '\'' || c == '"') {
                string(c);
            } else {
                operator(open);
            }
        }
    }

    private boolean ends(String end, TokenType type) {
        char sign = signAt(position);
        boolean signed = sign == '-' || (sign == '+' && type == TokenType.BLOCK_END);
        if (!source.startsWith(end, signed ? position + 1 : position)) {
            return false;
        }
        add(type, "");
        int after = position + end.length() + (signed ? 1 : 0);
        if (type == TokenType.BLOCK_END || sign == '-') {
            afterTag(after, sign);
        } else {
            moveTo(after);
            lineStarting = false;
        }
        return true;
    }

    private void number() {
        int start = position;
        int i = start;
        String radix = source.startsWith("0", i) && i + 1 < source.length()
                ? source.substring(i, i + 2).toLowerCase(java.util.Locale.ROOT)
                : "";
        int base = radix.equals("0x") ? 16 : radix.equals("0o") ? 8 : radix.equals("0b") ? 2 : 10;
        if (base != 10 && digits(i + 2, base) > i + 2) {
            add(TokenType.INTEGER, source.substring(i, digits(i + 2, base)));
            moveTo(digits(i + 2, base));
            return;
        }
        i = digits(i, 10);
        boolean afterDot = start > 0 && source.charAt(start - 1) == '.';
        int fraction = i;
        if (!afterDot && i < source.length() && source.charAt(i) == '.') {
            int end = digits(i + 1, 10);
            fraction = end > i + 1 ? end : i;
        }
        int exponent = afterDot ? i : exponentEnd(fraction);
        int end = Math.max(fraction, exponent);
        add(end > i ? TokenType.FLOAT : TokenType.INTEGER, source.substring(start, end));
        moveTo(end);
    }

    private int exponentEnd(int from) {
        if (from >= source.length() || (source.charAt(from) | 0x20) != 'e') {
            return from;
        }
        int sign = signAt(from + 1) == 0 ? from + 1 : from + 2;
        int end = digits(sign, 10);
        return end > sign ? end : from;
    }

    /** End of a run of digits from {@code from}, single underscores between them allowed. */
    private int digits(int from, int base) {
        int i = from;
        while (i < source.length()) {
            char c = source.charAt(i);
            boolean digit = c < 0x80 && Character.digit(c, base) >= 0;
            boolean underscore = c == '_'
                    && i + 1 < source.length()
                    && source.charAt(i + 1) < 0x80
                    && Character.digit(source.charAt(i + 1), base) >= 0
                    && (i > from || base != 10);
            if (!digit && !underscore) {
                break;
            }
            i++;
        }
        return i;
    }

    private void name() {
        int start = position;
        int i = start;
        while (i < source.length() && isWord(i)) {
            i += Character.charCount(source.codePointAt(i));
        }
        add(TokenType.NAME, source.substring(start, i));
        moveTo(i);
    }

    private boolean isWord(int index) {
        int c = source.codePointAt(index);
        return c == '_' || Character.isLetterOrDigit(c) || (c > 0x7F && Character.isUnicodeIdentifierPart(c));
    }

    private void string(char quote) {
        int i = position + 1;
        while (i < source.length() && source.charAt(i) != quote) {
            i += source.charAt(i) == '\\' ? 2 : 1;
        }
        if (i >= source.length()) {
            throw new TemplateException("the string that begins here never ends", line);
        }
        add(TokenType.STRING, StringLiteral.unescape(source.substring(position + 1, i), line));
        moveTo(i + 1);
    }

    private void operator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                balance(open, operator.charAt(0));
                add(TokenType.OPERATOR, operator);
                moveTo(position + operator.length());
                return;
            }
        }
        throw new TemplateException(
                "unexpected character '%s'".formatted(Character.toString(source.codePointAt(position))), line);
    }

    private void balance(Deque<Character> open, char operator) {
        switch (operator) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty() || open.pop() != operator) {
                    throw new TemplateException("unexpected '%s'".formatted(operator), line);
                }
            }
            default -> {}
        }
    }

    private char signAt(int index) {
        if (index >= source.length()) {
            return 0;
        }
        char c = source.charAt(index);
        return c == '-' || c == '+' ? c : 0;
    }

    private void data(String text) {
        add(TokenType.DATA, text, !text.isEmpty());
    }

    private void add(TokenType type, String text, boolean wanted) {
        if (wanted) {
            add(type, text);
        }
    }

    private void add(TokenType type, String text) {
        tokens.add(new Token(type, text, line));
    }

    private void moveTo(int next) {
        for (int i = position; i < next; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        position = next;
    }
}
