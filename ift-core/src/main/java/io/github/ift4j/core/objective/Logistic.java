package io.github.ift4j.core.objective;

/** The logistic function and its relatives, exact to rounding over the whole range of a double. */
final class Logistic {
    /** log(1/2), where the two forms of {@link #logOneMinusExp} lose the same number of digits. */
    private static final double LOG_HALF = -Math.log(2);

    private Logistic() {}

    /** {@code 1 / (1 + exp(-x))}. */
    static double sigmoid(double x) {
        double e = Math.exp(-Math.abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    /** {@code log(sigmoid(x))}. */
    static double logSigmoid(double x) {
        return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
    }

    /**
     * {@code log(1 - exp(x))}, in the form that loses no digits.
     *
     * @param x below 0
     */
    static double logOneMinusExp(double x) {
        return x > LOG_HALF ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
    }
}
