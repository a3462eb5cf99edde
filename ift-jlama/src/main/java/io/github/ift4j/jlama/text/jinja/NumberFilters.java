package io.github.ift4j.jlama.text.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.OptionalDouble;

/** Filters that make numbers. */
final class NumberFilters {
    private final Budget budget;
    private final Operators operators;

    NumberFilters(Budget budget) {
        this.budget = budget;
        this.operators = new Operators(budget);
    }

    Map<String, Filter> byName() {
        return Map.of("abs", this::abs, "int", this::integer, "float", this::floating, "round", this::round);
    }

    private Object abs(Object value, Arguments arguments) {
        arguments.bind("abs");
        boolean negative = Values.isNumber(value) && Values.toDouble(value) < 0;
        return operators.unary(negative ? "-" : "+", value);
    }

    private Object integer(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("int", "default", "base");
        Operators.failIfUndefined(value);
        Object otherwise = bound.or(0, 0L);
        if (Values.integer(value).isPresent()) {
            return Values.integer(value).getAsLong();
        }
        if (value instanceof String text) {
            budget.chars(text.length());
            Long parsed = parse(Whitespace.stripLeading(Whitespace.stripTrailing(text)), bound.integer(1, 10));
            if (parsed != null) {
                return parsed;
            }
        }
        OptionalDouble number = number(value);
        return number.isPresent() && !Double.isNaN(number.getAsDouble()) && Math.abs(number.getAsDouble()) < 0x1p63
                ? (Object) (long) number.getAsDouble()
                : otherwise;
    }

    private static Long parse(String text, long base) {
        if (base < Character.MIN_RADIX || base > Character.MAX_RADIX) {
            return null;
        }
        String lower = Strings.lower(text);
        String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        String digits = !prefix.isEmpty() && lower.startsWith(prefix) ? lower.substring(2) : lower;
        boolean underscores =
                digits.matches("[+-]?[\\p{IsAlphabetic}\\p{IsDigit}]+(_[\\p{IsAlphabetic}\\p{IsDigit}]+)*+");
        try {
            return underscores ? (Long) Long.parseLong(digits.replace("_", ""), (int) base) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private Object floating(Object value, Arguments arguments) {
        Object otherwise = arguments.bind("float", "default").or(0, 0.0);
        Operators.failIfUndefined(value);
        OptionalDouble number = number(value);
        return number.isPresent() ? (Object) number.getAsDouble() : otherwise;
    }

    /** {@code float(value)}; empty where Python would refuse. */
    private OptionalDouble number(Object value) {
        if (Values.isNumber(value)) {
            return OptionalDouble.of(Values.toDouble(value));
        }
        if (!(value instanceof String text)) {
            return OptionalDouble.empty();
        }
        budget.chars(text.length());
        String trimmed = Strings.lower(Whitespace.stripLeading(Whitespace.stripTrailing(text)));
        String unsigned = trimmed.startsWith("-") || trimmed.startsWith("+") ? trimmed.substring(1) : trimmed;
        double sign = trimmed.startsWith("-") ? -1 : 1;
        if (unsigned.equals("inf") || unsigned.equals("infinity")) {
            return OptionalDouble.of(sign * Double.POSITIVE_INFINITY);
        }
        if (unsigned.equals("nan")) {
            return OptionalDouble.of(Double.NaN);
        }
        boolean decimal =
                unsigned.length() <= 400 && unsigned.matches("(\\d[\\d_]*+\\.?[\\d_]*+|\\.\\d[\\d_]*+)(e[+-]?\\d++)?");
        return decimal
                ? OptionalDouble.of(sign * Double.parseDouble(unsigned.replace("_", "")))
                : OptionalDouble.empty();
    }

    private Object round(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("round", "precision", "method");
        long precision = bound.integer(0, 0);
        String method = bound.text(1, "common");
        Operators.failIfUndefined(value);
        if (!Values.isNumber(value)) {
            throw new TemplateException("round takes a number, not '%s'".formatted(Values.typeName(value)));
        }
        if (method.equals("common")) {
            return value instanceof Double number
                    ? (Object) PythonFloat.round(number, precision)
                    : roundInteger(Values.integer(value).orElseThrow(), precision);
        }
        double power = Math.pow(10, precision);
        double scaled = Values.toDouble(value) * power;
        return switch (method) {
            case "ceil" -> Math.ceil(scaled) / power;
            case "floor" -> Math.floor(scaled) / power;
            default -> throw new TemplateException("round: 'method' must be common, ceil or floor");
        };
    }

    private static Object roundInteger(long value, long precision) {
        if (precision >= 0) {
            return value;
        }
        return precision < -18
                ? 0L
                : BigDecimal.valueOf(value)
                        .setScale((int) precision, RoundingMode.HALF_EVEN)
                        .longValue();
    }
}
