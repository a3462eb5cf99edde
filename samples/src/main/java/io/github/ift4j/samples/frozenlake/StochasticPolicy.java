package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import java.util.Arrays;

/**
 * How an agent acts.
 *
 * @param probabilities of each action in each state, [states][actions]
 */
public record StochasticPolicy(double[][] probabilities) {
    private static final double ROUNDING = 1e-9;

    public StochasticPolicy {
        for (double[] row : probabilities) {
            double sum = 0;
            for (double probability : row) {
                sum += probability;
            }
            Preconditions.checkArgument(
                    Math.abs(sum - 1) < ROUNDING, "the probabilities of the actions must add up to 1, not %s", sum);
        }
    }

    /** Every action alike. */
    public static StochasticPolicy uniform(int states) {
        int actions = Action.values().length;
        double[][] probabilities = new double[states][actions];
        for (double[] row : probabilities) {
            Arrays.fill(row, 1.0 / actions);
        }
        return new StochasticPolicy(probabilities);
    }

    /** Probability of an action. */
    public double of(int state, int action) {
        return probabilities[state][action];
    }

    /** The most probable action, the lowest among equals. */
    public int greedy(int state) {
        int best = 0;
        for (int action = 1; action < probabilities[state].length; action++) {
            best = of(state, action) > of(state, best) ? action : best;
        }
        return best;
    }

    /** An action by its probability; {@code uniform} is a random number from 0 to 1. */
    public int sample(int state, double uniform) {
        double left = uniform;
        int last = probabilities[state].length - 1;
        for (int action = 0; action < last; action++) {
            left -= of(state, action);
            if (left < 0) {
                return action;
            }
        }
        return last;
    }
}
