package io.github.ift4j.core.objective;

import com.google.common.base.Preconditions;
import java.util.Locale;

/**
 * Dynamic relation propagation (Hua et al. 2025, section 4.3, equation 21): a token's loss is weighed by what follows it, so
 * that the model learns of a token also through the tokens that it leads to.
 *
 * <p>Let {@code l_t = -logp_t} at the n labelled positions and {@code item_t} be {@code l_t / n}, {@code l_t} or {@code 1}
 * there, 0 elsewhere ({@link Type}). The raw weight is {@code u_t = sum_{i>=t} gamma^(i-t) item_i} ({@link Side#LEFT}) or
 * {@code u_t = sum_{i<=t} gamma^(t-i) item_i + min u} ({@link Side#RIGHT}, the minimum over the labelled positions of the
 * sequence); distances count positions, labelled or not. A {@link Norm} f turns it into {@code v_t = f(u_t)}, on the right
 * side inverted, and the weights {@code w_t = n v_t / sum v} add up to n. The loss is
 *
 * <pre>{@code L = (1/n) sum_t w_t l_t = sum_t v_t l_t / sum_t v_t}</pre>
 *
 * The weights are not detached. With {@code V = sum v} the gradient is
 * {@code dL/dl_t = v_t / V + sum_s (dL/dv_s) f'(u_s) du_s/dl_t}, {@code dL/dv_s = (l_s - L) / V}, and the adjoint of the
 * discounted sum is the discounted sum from the other side, so everything is linear in the length.
 *
 * <p>{@code gamma = 0} means that every weight is 1, without a gradient of its own. So it is where weights or their gradient
 * are not numbers, which happens when log-probabilities are 0 to within the range of a double: on the left when all of them
 * are, on the right when the first of them is.
 *
 * @param type what is propagated
 * @param side from which side
 * @param norm what becomes of the raw weights
 * @param gamma discount for each position of distance, 0 to 1
 */
public record RelationPropagation(Type type, Side side, Norm norm, double gamma) {
    /** The paper's setting: losses of later tokens, discounted by 0.95 a position. */
    public static final RelationPropagation DEFAULT = of(0.95);

    public RelationPropagation {
        Preconditions.checkArgument(gamma >= 0 && gamma <= 1, "gamma must be between 0 and 1, was %s", gamma);
    }

    /** Type {@code loss}, side {@code left}, norm {@code l1} with the given discount. */
    public static RelationPropagation of(double gamma) {
        return new RelationPropagation(Type.LOSS, Side.LEFT, Norm.L1, gamma);
    }

    /**
     * Loss, weights and gradient of one sequence.
     *
     * @param logps log-probability of each label, ignored where there is none, [tokens]
     * @param labelled which positions have a label, [tokens]
     */
    public Result apply(double[] logps, boolean[] labelled) {
        Preconditions.checkArgument(
                logps.length == labelled.length, "%s log-probabilities, %s labels", logps.length, labelled.length);
        int length = logps.length;
        double[] losses = new double[length];
        int labels = 0;
        for (int t = 0; t < length; t++) {
            if (labelled[t]) {
                labels++;
                losses[t] = -logps[t];
            }
        }
        if (labels == 0) {
            return new Result(0, new double[length], new double[length]);
        }
        if (gamma == 0) {
            return uniform(losses, labelled, labels);
        }
        double[] raw = rawWeights(losses, labelled, labels);
        int smallest = extreme(raw, labelled, false);
        if (side == Side.RIGHT) {
            double minimum = raw[smallest];
            for (int t = 0; t < length; t++) {
                raw[t] += minimum;
            }
        }
        double pivot = raw[side == Side.LEFT ? extreme(raw, labelled, true) : smallest];
        double[] values = new double[length];
        double[] slopes = new double[length];
        double sum = 0;
        for (int t = 0; t < length; t++) {
            if (labelled[t]) {
                values[t] = value(raw[t], pivot);
                slopes[t] = slope(raw[t], pivot, values[t]);
                sum += values[t];
            }
        }
        if (!(sum > 0)) {
            return uniform(losses, labelled, labels);
        }
        double loss = 0;
        for (int t = 0; t < length; t++) {
            loss += values[t] / sum * losses[t];
        }
        double[] weights = new double[length];
        double[] rawAdjoint = new double[length];
        double total = 0;
        for (int t = 0; t < length; t++) {
            if (labelled[t]) {
                weights[t] = labels * (values[t] / sum);
                rawAdjoint[t] = (losses[t] - loss) / sum * slopes[t];
                total += rawAdjoint[t];
            }
        }
        if (side == Side.RIGHT) {
            rawAdjoint[smallest] += total;
        }
        double[] itemAdjoint = discountedSums(rawAdjoint, side == Side.RIGHT);
        double itemSlope = switch (type) {
            case LOSS -> 1.0 / labels;
            case LOGPS -> 1;
            case MASK -> 0;
        };
        double[] gradient = new double[length];
        for (int t = 0; t < length; t++) {
            if (labelled[t]) {
                gradient[t] = -(values[t] / sum + itemSlope * itemAdjoint[t]);
                if (!Double.isFinite(gradient[t])) {
                    return uniform(losses, labelled, labels);
                }
            }
        }
        return new Result(loss, weights, gradient);
    }

    private static Result uniform(double[] losses, boolean[] labelled, int labels) {
        double[] weights = new double[losses.length];
        double[] gradient = new double[losses.length];
        double loss = 0;
        for (int t = 0; t < losses.length; t++) {
            if (labelled[t]) {
                weights[t] = 1;
                gradient[t] = -1.0 / labels;
                loss += losses[t];
            }
        }
        return new Result(loss / labels, weights, gradient);
    }

    private double[] rawWeights(double[] losses, boolean[] labelled, int labels) {
        double[] items = new double[losses.length];
        for (int t = 0; t < items.length; t++) {
            if (labelled[t]) {
                items[t] = switch (type) {
                    case LOSS -> losses[t] / labels;
                    case LOGPS -> losses[t];
                    case MASK -> 1;
                };
            }
        }
        return discountedSums(items, side == Side.LEFT);
    }

    /** {@code sum_i gamma^|i-t| x_i} over the positions from t on, or else up to t. */
    private double[] discountedSums(double[] x, boolean fromTheEnd) {
        double[] sums = new double[x.length];
        double running = 0;
        for (int i = 0; i < x.length; i++) {
            int t = fromTheEnd ? x.length - 1 - i : i;
            running = x[t] + gamma * running;
            sums[t] = running;
        }
        return sums;
    }

    /** The labelled position with the largest or smallest value, the first among equals. */
    private static int extreme(double[] x, boolean[] labelled, boolean largest) {
        int best = -1;
        for (int t = 0; t < x.length; t++) {
            if (labelled[t] && (best < 0 || (largest ? x[t] > x[best] : x[t] < x[best]))) {
                best = t;
            }
        }
        return best;
    }

    /**
     * f(u), divided by f(pivot). Weights do not change when all values are divided by the same number, and so the largest is
     * 1 and none overflows.
     */
    private double value(double u, double pivot) {
        return switch (side) {
            case LEFT ->
                switch (norm) {
                    case L1 -> u / pivot;
                    case L2 -> (u / pivot) * (u / pivot);
                    case SOFTMAX -> Math.exp(u - pivot);
                    case LOG -> Math.log1p(u) / Math.log1p(pivot);
                };
            case RIGHT ->
                switch (norm) {
                    case L1 -> pivot / u;
                    case L2 -> (pivot / u) * (pivot / u);
                    case SOFTMAX -> Math.exp(1 / u - 1 / pivot);
                    case LOG -> Math.log1p(pivot) / Math.log1p(u);
                };
        };
    }

    /** Derivative of {@link #value} by u, the pivot held constant. */
    private double slope(double u, double pivot, double value) {
        return switch (side) {
            case LEFT ->
                switch (norm) {
                    case L1 -> 1 / pivot;
                    case L2 -> 2 * (u / pivot) / pivot;
                    case SOFTMAX -> value;
                    case LOG -> 1 / ((1 + u) * Math.log1p(pivot));
                };
            case RIGHT ->
                switch (norm) {
                    case L1 -> -value / u;
                    case L2 -> -2 * value / u;
                    case SOFTMAX -> -value / u / u;
                    case LOG -> -value / ((1 + u) * Math.log1p(u));
                };
        };
    }

    /** What is propagated. */
    public enum Type {
        /** Share of the token in the mean loss of the sequence. */
        LOSS,
        /** Negative log-probability of the token. */
        LOGPS,
        /** One for each token: the weights depend on positions only. */
        MASK;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whose losses a token's weight is made of. */
    public enum Side {
        /** Those of the token itself and later ones. */
        LEFT,
        /** Those of the token itself and earlier ones, inverted. */
        RIGHT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What becomes of a raw weight u before all are rescaled to a mean of one. */
    public enum Norm {
        /** u, on the right side 1/u. */
        L1,
        /** u², on the right side 1/u². */
        L2,
        /** exp(u), on the right side exp(1/u). */
        SOFTMAX,
        /** log(1+u), on the right side 1/log(1+u). */
        LOG;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The weighted loss of one sequence.
     *
     * @param loss the loss
     * @param weights weight of each label, 0 where there is none, [tokens]
     * @param gradient d loss / d logps, [tokens]
     */
    public record Result(double loss, double[] weights, double[] gradient) {}
}
