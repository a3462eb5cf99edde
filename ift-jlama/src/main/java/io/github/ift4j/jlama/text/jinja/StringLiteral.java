package io.github.ift4j.jlama.text.jinja;

/** Python's escapes in string literals. */
final class StringLiteral {
    private StringLiteral() {}

    /** What the inside of a literal stands for. An escape that Python does not know stays as it is. */
    static String unescape(String literal, int line) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        StringBuilder out = new StringBuilder(literal.length());
        int i = 0;
        while (i < literal.length()) {
            char c = literal.charAt(i++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = literal.charAt(i++);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(escape);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000B');
                case 'x' -> i = hex(literal, i, 2, out, line);
                case 'u' -> i = hex(literal, i, 4, out, line);
                case 'U' -> i = hex(literal, i, 8, out, line);
                case 'N' -> i = named(literal, i, out, line);
                case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(literal, i - 1, out);
                default -> out.append('\\').append(escape);
            }
        }
        return out.toString();
    }

    private static int hex(String literal, int from, int digits, StringBuilder out, int line) {
        int end = from + digits;
        long code = 0;
        for (int i = from; i < end; i++) {
            int digit = i < literal.length() ? Character.digit(literal.charAt(i), 16) : -1;
            if (digit < 0) {
                throw new TemplateException("a truncated \\x, \\u or \\U escape in a string", line);
            }
            code = 16 * code + digit;
        }
        if (code > Character.MAX_CODE_POINT) {
            throw new TemplateException("an illegal Unicode character in a string", line);
        }
        out.appendCodePoint((int) code);
        return end;
    }

    private static int octal(String literal, int from, StringBuilder out) {
        int code = 0;
        int i = from;
        while (i < literal.length() && i < from + 3 && Character.digit(literal.charAt(i), 8) >= 0) {
            code = 8 * code + Character.digit(literal.charAt(i), 8);
            i++;
        }
        out.append((char) code);
        return i;
    }

    private static int named(String literal, int from, StringBuilder out, int line) {
        int end = literal.indexOf('}', from);
        if (!literal.startsWith("{", from) || end < 0) {
            throw new TemplateException("a malformed \\N escape in a string", line);
        }
        try {
            out.appendCodePoint(Character.codePointOf(literal.substring(from + 1, end)));
        } catch (IllegalArgumentException e) {
            throw new TemplateException("an unknown Unicode character name in a string", line);
        }
        return end + 1;
    }
}
