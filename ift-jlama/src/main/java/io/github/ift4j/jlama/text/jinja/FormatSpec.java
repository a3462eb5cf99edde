package io.github.ift4j.jlama.text.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * How a value is laid out in a formatted string, for {@code %} and {@code str.format} alike.
 *
 * @param fill one character
 * @param align one of {@code < > ^ =}, or 0 where the type decides
 * @param sign one of {@code + -} and space, or 0
 * @param alternate whether {@code #} was given
 * @param width least number of characters
 * @param grouping one of {@code , _}, or 0
 * @param precision digits or characters, -1 where none is given
 * @param type the conversion, or 0
 */
record FormatSpec(
        String fill, char align, char sign, boolean alternate, int width, char grouping, int precision, char type) {
    private static final int MAX_PRECISION = 1000;
    private static final int DEFAULT_PRECISION = 6;

    String format(Object value, Budget budget, Printer printer) {
        if (precision > MAX_PRECISION) {
            throw new TemplateException("a precision of %d digits is too much".formatted(precision));
        }
        boolean number = Values.isNumber(value) && type != 's' && !(value instanceof Boolean && type == 0);
        String body = number ? number(value) : text(value, printer);
        long missing = Math.max(0, width - Values.length(body));
        budget.chars(body.length() + fill.length() * missing);
        char side = align != 0 ? align : number ? '>' : '<';
        if (side == '=') {
            int digits = !body.isEmpty() && "+- ".indexOf(body.charAt(0)) >= 0 ? 1 : 0;
            return body.substring(0, digits) + fill.repeat((int) missing) + body.substring(digits);
        }
        long before = side == '<' ? 0 : side == '^' ? missing / 2 : missing;
        return fill.repeat((int) before) + body + fill.repeat((int) (missing - before));
    }

    private String text(Object value, Printer printer) {
        if (type != 0 && type != 's') {
            throw new TemplateException(
                    "the format '%s' takes a number, not '%s'".formatted(type, Values.typeName(value)));
        }
        String text = printer.str(value);
        return precision >= 0 && precision < Values.length(text)
                ? text.substring(0, text.offsetByCodePoints(0, precision))
                : text;
    }

    private String number(Object value) {
        boolean whole = Values.integer(value).isPresent();
        String digits = switch (type) {
            case 0 -> whole ? integer(value, 10, "") : general(value);
            case 'd', 'i', 'u', 'n' -> integer(value, 10, "");
            case 'x' -> integer(value, 16, "0x");
            case 'X' -> integer(value, 16, "0X").toUpperCase(Locale.ROOT);
            case 'o' -> integer(value, 8, "0o");
            case 'b' -> integer(value, 2, "0b");
            case 'f', 'F' -> fixed(Values.toDouble(value));
            case '%' -> fixed(100 * Values.toDouble(value)) + "%";
            case 'e', 'E', 'g', 'G' -> exponential(Values.toDouble(value));
            case 'c' -> Character.toString((int) codePoint(value));
            default -> throw new TemplateException("unknown format '%s'".formatted(type));
        };
        boolean negative = digits.startsWith("-");
        String prefix = negative ? "-" : sign == '+' || sign == ' ' ? String.valueOf(sign) : "";
        return prefix + grouped(negative ? digits.substring(1) : digits);
    }

    private static long codePoint(Object value) {
        long code = Values.integer(value).orElse(-1);
        if (code < 0 || code > Character.MAX_CODE_POINT) {
            throw new TemplateException("the format 'c' takes a character's number");
        }
        return code;
    }

    private String integer(Object value, int radix, String prefix) {
        long number = Values.integer(value)
                .orElseThrow(() -> new TemplateException(
                        "the format '%s' takes an integer, not '%s'".formatted(type, Values.typeName(value))));
        // The smallest integer has no positive; as an unsigned number its negative is right.
        String digits = Long.toUnsignedString(number < 0 ? -number : number, radix);
        return (number < 0 ? "-" : "") + (alternate ? prefix : "") + digits;
    }

    private String general(Object value) {
        double number = Values.toDouble(value);
        return precision < 0 ? PythonFloat.repr(number) : exponential(number);
    }

    private String fixed(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return PythonFloat.repr(value);
        }
        int digits = precision < 0 ? DEFAULT_PRECISION : precision;
        String text =
                new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
        return value < 0 && !text.startsWith("-") ? "-" + text : text;
    }

    /** {@code e} and {@code g}. */
    private String exponential(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return PythonFloat.repr(value);
        }
        boolean general = type != 'e' && type != 'E';
        int significant = Math.max(1, (precision < 0 ? DEFAULT_PRECISION : precision) + (general ? 0 : 1));
        BigDecimal rounded =
                new BigDecimal(Math.abs(value)).round(new MathContext(significant, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        boolean plain = general && exponent >= -4 && exponent < significant;
        String digits;
        if (plain) {
            digits = trimmed(
                    rounded.setScale(Math.max(0, significant - 1 - exponent), RoundingMode.HALF_EVEN)
                            .toPlainString(),
                    true);
        } else {
            String mantissa = rounded.movePointLeft(exponent)
                    .setScale(significant - 1, RoundingMode.HALF_EVEN)
                    .toPlainString();
            digits = "%se%s%02d".formatted(trimmed(mantissa, general), exponent < 0 ? "-" : "+", Math.abs(exponent));
        }
        String signed = value < 0 ? "-" + digits : digits;
        return type == 'E' || type == 'G' ? signed.toUpperCase(Locale.ROOT) : signed;
    }

    private static String trimmed(String digits, boolean trims) {
        if (!trims || digits.indexOf('.') < 0) {
            return digits;
        }
        String withoutZeros = digits.replaceFirst("0+$", "");
        return withoutZeros.endsWith(".") ? withoutZeros.substring(0, withoutZeros.length() - 1) : withoutZeros;
    }

    private String grouped(String digits) {
        if (grouping == 0) {
            return digits;
        }
        int end = 0;
        while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
            end++;
        }
        StringBuilder out = new StringBuilder(digits);
        for (int i = end - 3; i > 0; i -= 3) {
            out.insert(i, grouping);
        }
        return out.toString();
    }
}
