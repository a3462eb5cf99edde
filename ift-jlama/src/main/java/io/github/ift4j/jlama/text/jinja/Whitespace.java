package io.github.ift4j.jlama.text.jinja;

/** White space as Python's {@code str.isspace} sees it. */
final class Whitespace {
    private Whitespace() {}

    static boolean is(int c) {
        return (c >= 0x09 && c <= 0x0D)
                || (c >= 0x1C && c <= 0x20)
                || c == 0x85
                || c == 0xA0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200A)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202F
                || c == 0x205F
                || c == 0x3000;
    }

    static boolean all(String text, int from) {
        return skip(text, from) == text.length();
    }

    /** First index from {@code from} that is no white space. */
    static int skip(String text, int from) {
        int i = from;
        while (i < text.length() && is(text.charAt(i))) {
            i++;
        }
        return i;
    }

    static String stripLeading(String text) {
        return text.substring(skip(text, 0));
    }

    static String stripTrailing(String text) {
        int end = text.length();
        while (end > 0 && is(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }
}
