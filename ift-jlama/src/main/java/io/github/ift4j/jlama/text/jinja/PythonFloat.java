package io.github.ift4j.jlama.text.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Floats as Python writes and rounds them. */
final class PythonFloat {
    private static final int FIRST_EXPONENT_WRITTEN = 16;
    private static final int LAST_EXPONENT_WRITTEN = -5;

    private PythonFloat() {}

    /** The shortest digits that read back as the same number; an exponent where Python writes one. */
    static String repr(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        String sign = value < 0 || 1 / value < 0 ? "-" : "";
        if (value == 0) {
            return sign + "0.0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
        if (decimal.precision() == 2) {
            // Java writes at least two digits where one may do.
            BigDecimal shorter =
                    decimal.round(new MathContext(1, RoundingMode.HALF_EVEN)).stripTrailingZeros();
            decimal = shorter.doubleValue() == Math.abs(value) ? shorter : decimal;
        }
        String digits = decimal.unscaledValue().toString();
        int exponent = digits.length() - 1 - decimal.scale();
        if (exponent >= FIRST_EXPONENT_WRITTEN || exponent <= LAST_EXPONENT_WRITTEN) {
            String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
            return "%s%se%s%02d".formatted(sign, mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
        }
        String plain = decimal.toPlainString();
        return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }

    /** {@code round(value, digits)}: to even, on the exact binary value. */
    static double round(double value, long digits) {
        if (Double.isNaN(value) || Double.isInfinite(value) || digits > 400) {
            return value;
        }
        if (digits < -400) {
            return 0 * value;
        }
        double rounded = new BigDecimal(value)
                .setScale((int) digits, RoundingMode.HALF_EVEN)
                .doubleValue();
        return rounded == 0 ? Math.copySign(0, value) : rounded;
    }
}
