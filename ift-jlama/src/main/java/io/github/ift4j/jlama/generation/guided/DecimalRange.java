package io.github.ift4j.jlama.generation.guided;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Automata of the decimal numbers within bounds, written without exponent, as regular expressions over their digits. */
final class DecimalRange {
    private static final String ANY_FRACTION = "(\\.\\d+)?";
    private static final String NO_NUMBER = "none";

    private DecimalRange() {}

    /** @param exclusive whether the bound itself lies outside */
    record Bound(BigDecimal value, boolean exclusive) {}

    /**
     * Numbers within bounds.
     *
     * @param digits most before the point
     * @param fraction most after the point; 0 for whole numbers
     */
    static Dfa of(Optional<Bound> lower, Optional<Bound> upper, int digits, int fraction) {
        String whole = "(0|[1-9]\\d{0," + (digits - 1) + "})";
        Dfa texts = fraction == 0
                ? Dfa.of("0|-?[1-9]\\d{0," + (digits - 1) + "}")
                : Dfa.of("-?" + whole + "(\\.\\d{1," + fraction + "})?");
        if (lower.isPresent()) {
            texts = texts.and(Dfa.of(anyOf(atLeast(lower.get()))));
        }
        if (upper.isPresent()) {
            texts = texts.and(Dfa.of(anyOf(atMost(upper.get()))));
        }
        return texts;
    }

    /** Whole numbers that a step divides. */
    static Dfa multiples(int step) {
        // Two states before the first digit, then one for each remainder.
        int[][] next = new int[step + 2][Dfa.BYTES];
        boolean[] accepting = new boolean[step + 2];
        for (int state = 0; state < next.length; state++) {
            Arrays.fill(next[state], -1);
            int remainder = Math.max(0, state - 2);
            for (int digit = 0; digit <= 9; digit++) {
                next[state]['0' + digit] = 2 + (remainder * 10 + digit) % step;
            }
        }
        next[0]['-'] = 1;
        accepting[2] = true;
        return new Dfa(next, accepting);
    }

    private static String anyOf(List<String> alternatives) {
        return alternatives.isEmpty() ? NO_NUMBER : String.join("|", alternatives);
    }

    private static List<String> atLeast(Bound bound) {
        int sign = bound.value.signum();
        if (sign > 0 || sign == 0 && bound.exclusive) {
            return above(bound.value, bound.exclusive);
        }
        List<String> texts = new ArrayList<>(above(BigDecimal.ZERO, false));
        below(bound.value.negate(), bound.exclusive).forEach(text -> texts.add("-" + text));
        return texts;
    }

    private static List<String> atMost(Bound bound) {
        int sign = bound.value.signum();
        if (sign < 0 || sign == 0 && bound.exclusive) {
            return above(bound.value.negate(), bound.exclusive).stream()
                    .map(text -> "-" + text)
                    .toList();
        }
        List<String> texts = new ArrayList<>(below(bound.value, bound.exclusive));
        above(BigDecimal.ZERO, false).forEach(text -> texts.add("-" + text));
        return texts;
    }

    /** Numbers without sign from a bound on. */
    private static List<String> above(BigDecimal bound, boolean exclusive) {
        Digits number = Digits.of(bound);
        List<String> texts = new ArrayList<>();
        for (String whole : wholeAbove(number.whole)) {
            texts.add("(" + whole + ")" + ANY_FRACTION);
        }
        String digits = number.fraction;
        if (digits.isEmpty()) {
            texts.add(number.whole + (exclusive ? "\\.\\d*[1-9]\\d*" : ANY_FRACTION));
            return texts;
        }
        texts.add(number.whole + "\\." + digits + (exclusive ? "\\d*[1-9]\\d*" : "\\d*"));
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '9') {
                texts.add(number.whole + "\\." + digits.substring(0, i) + "[" + (char) (digits.charAt(i) + 1)
                        + "-9]\\d*");
            }
        }
        return texts;
    }

    /** Numbers without sign up to a bound. */
    private static List<String> below(BigDecimal bound, boolean exclusive) {
        Digits number = Digits.of(bound);
        List<String> texts = new ArrayList<>();
        for (String whole : wholeBelow(number.whole)) {
            texts.add("(" + whole + ")" + ANY_FRACTION);
        }
        String digits = number.fraction;
        if (digits.isEmpty()) {
            if (!exclusive) {
                texts.add(number.whole + "(\\.0+)?");
            }
            return texts;
        }
        texts.add(number.whole);
        for (int i = 0; i < digits.length(); i++) {
            String prefix = number.whole + "\\." + digits.substring(0, i);
            if (i > 0) {
                texts.add(prefix);
            }
            if (digits.charAt(i) > '0') {
                texts.add(prefix + "[0-" + (char) (digits.charAt(i) - 1) + "]\\d*");
            }
        }
        if (!exclusive) {
            texts.add(number.whole + "\\." + digits + "0*");
        }
        return texts;
    }

    private static List<String> wholeAbove(String whole) {
        if (whole.equals("0")) {
            return List.of("[1-9]\\d*");
        }
        List<String> texts = new ArrayList<>();
        int length = whole.length();
        texts.add("[1-9]\\d{" + length + ",}");
        for (int i = 0; i < length; i++) {
            if (whole.charAt(i) < '9') {
                texts.add(whole.substring(0, i) + "[" + (char) (whole.charAt(i) + 1) + "-9]\\d{" + (length - i - 1)
                        + "}");
            }
        }
        return texts;
    }

    private static List<String> wholeBelow(String whole) {
        if (whole.equals("0")) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        int length = whole.length();
        texts.add("0");
        if (length > 1) {
            texts.add("[1-9]\\d{0," + (length - 2) + "}");
        }
        for (int i = 0; i < length; i++) {
            char least = i == 0 ? '1' : '0';
            if (whole.charAt(i) > least) {
                texts.add(whole.substring(0, i) + "[" + least + "-" + (char) (whole.charAt(i) - 1) + "]\\d{"
                        + (length - i - 1) + "}");
            }
        }
        return texts;
    }

    /** A number without sign as its digits before and after the point, the latter without zeros at the end. */
    private record Digits(String whole, String fraction) {
        static Digits of(BigDecimal number) {
            String text = number.stripTrailingZeros().toPlainString();
            int point = text.indexOf('.');
            return point < 0 ? new Digits(text, "") : new Digits(text.substring(0, point), text.substring(point + 1));
        }
    }
}
