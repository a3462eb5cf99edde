package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Python's string functions that Java has no equal of. */
final class Strings {
    private Strings() {}

    /** {@code text.strip(chars)}, white space where {@code chars} is null. */
    static String strip(String text, String chars, boolean left, boolean right) {
        IntPredicate strips = chars == null ? Whitespace::is : c -> chars.indexOf(c) >= 0;
        int start = 0;
        int end = text.length();
        while (left && start < end && strips.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && end > start && strips.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        return Character.toString(Character.toTitleCase(first)) + lower(text.substring(Character.charCount(first)));
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    /** {@code str.title}: a capital after every character that has no case. */
    static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            boolean cased = isCased(c);
            out.append(
                    !cased
                            ? Character.toString(c)
                            : inWord ? lower(Character.toString(c)) : Character.toString(Character.toTitleCase(c)));
            inWord = cased;
        }
        return out.toString();
    }

    static String swapCase(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            String one = Character.toString(c);
            out.append(Character.isUpperCase(c) ? lower(one) : Character.isLowerCase(c) ? upper(one) : one);
        });
        return out.toString();
    }

    static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    /** {@code text.split(None, limit)}: at runs of white space, none at the ends. */
    static List<Object> splitAtSpace(String text, long limit) {
        List<Object> parts = new ArrayList<>();
        int i = Whitespace.skip(text, 0);
        while (i < text.length()) {
            if (limit >= 0 && parts.size() == limit) {
                parts.add(Whitespace.stripTrailing(text.substring(i)));
                return parts;
            }
            int end = i;
            while (end < text.length() && !Whitespace.is(text.charAt(end))) {
                end++;
            }
            parts.add(text.substring(i, end));
            i = Whitespace.skip(text, end);
        }
        return parts;
    }

    /** {@code text.rsplit(None, limit)}. */
    static List<Object> splitAtSpaceFromRight(String text, long limit) {
        List<Object> parts = new ArrayList<>();
        String rest = Whitespace.stripTrailing(text);
        while (!rest.isEmpty()) {
            if (limit >= 0 && parts.size() == limit) {
                String left = Whitespace.stripLeading(rest);
                if (!left.isEmpty()) {
                    parts.add(left);
                }
                break;
            }
            int start = rest.length();
            while (start > 0 && !Whitespace.is(rest.charAt(start - 1))) {
                start--;
            }
            parts.add(rest.substring(start));
            rest = Whitespace.stripTrailing(rest.substring(0, start));
        }
        return parts.reversed();
    }

    /** {@code text.split(separator, limit)}; no limit when it is negative. */
    static List<Object> split(String text, String separator, long limit) {
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(separator);
                at >= 0 && (limit < 0 || parts.size() < limit);
                at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    /** {@code text.rsplit(separator, limit)}. */
    static List<Object> splitFromRight(String text, String separator, long limit) {
        List<Object> parts = new ArrayList<>();
        int to = text.length();
        while (limit < 0 || parts.size() < limit) {
            int at = to < separator.length() ? -1 : text.lastIndexOf(separator, to - separator.length());
            if (at < 0) {
                break;
            }
            parts.add(text.substring(at + separator.length(), to));
            to = at;
        }
        parts.add(text.substring(0, to));
        return parts.reversed();
    }

    /** {@code text.splitlines(keepEnds)}. */
    static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            if (!isLineEnd(text.charAt(i))) {
                continue;
            }
            int end = i;
            if (text.charAt(i) == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                i++;
            }
            lines.add(text.substring(from, keepEnds ? i + 1 : end));
            from = i + 1;
        }
        if (from < text.length()) {
            lines.add(text.substring(from));
        }
        return lines;
    }

    static boolean isLineEnd(int c) {
        return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    /** {@code text.replace(old, with, limit)}; no limit when it is negative. */
    static String replace(String text, String old, String with, long limit) {
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        long count = 0;
        while (limit < 0 || count < limit) {
            int at = old.isEmpty() ? from : text.indexOf(old, from);
            if (at < 0 || at > text.length()) {
                break;
            }
            out.append(text, from, at).append(with);
            count++;
            from = at + old.length();
            if (old.isEmpty()) {
                if (at == text.length()) {
                    return out.toString();
                }
                int next = text.offsetByCodePoints(at, 1);
                out.append(text, at, next);
                from = next;
            }
        }
        return out.append(text, Math.min(from, text.length()), text.length()).toString();
    }

    /** How often {@code part} is in the text without overlaps. */
    static long count(String text, String part) {
        if (part.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }
}
