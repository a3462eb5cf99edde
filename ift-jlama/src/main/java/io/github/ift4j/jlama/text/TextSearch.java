package io.github.ift4j.jlama.text;

/** How far texts agree. */
final class TextSearch {
    private TextSearch() {}

    static String commonPrefix(String a, String b) {
        return a.substring(0, commonPrefixLength(a, b));
    }

    static int commonPrefixLength(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        int length = 0;
        while (length < shorter && a.charAt(length) == b.charAt(length)) {
            length++;
        }
        return length;
    }

    static int commonSuffixLength(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        int length = 0;
        while (length < shorter && a.charAt(a.length() - 1 - length) == b.charAt(b.length() - 1 - length)) {
            length++;
        }
        return length;
    }
}
