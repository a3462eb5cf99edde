package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;

/**
 * The optimal policy by value iteration: {@code Q(s,a) = sum_s' P(s'|s,a) (r(s') + gamma V(s'))}, {@code V(s) = max_a Q(s,a)},
 * {@code V = 0} in terminal states, until no value changes by more than 1e-12. A discount below 1 makes the shortest way the best
 * one; with 1 a detour on dry ice costs nothing.
 *
 * <p>Actions whose values differ by less than 1e-9 tie and share the probability evenly; so all four do in a state from which
 * there is no way to the goal.
 */
public final class ValueIteration {
    private static final double CHANGE = 1e-12;
    private static final double TIE = 1e-9;
    private static final int SWEEPS = 1_000_000;

    private final FrozenLake lake;
    private final double discount;
    private final double[] values;

    private ValueIteration(FrozenLake lake, double discount) {
        this.lake = lake;
        this.discount = discount;
        this.values = new double[lake.states()];
    }

    /**
     * Solves a lake.
     *
     * @param discount of the value of a step later, above 0 and at most 1
     */
    public static ValueIteration solve(FrozenLake lake, double discount) {
        Preconditions.checkArgument(
                discount > 0 && discount <= 1, "the discount must be above 0 and at most 1, was %s", discount);
        ValueIteration solution = new ValueIteration(lake, discount);
        solution.iterate();
        return solution;
    }

    private void iterate() {
        double change = Double.POSITIVE_INFINITY;
        for (int sweep = 0; change > CHANGE && sweep < SWEEPS; sweep++) {
            change = 0;
            for (int state = 0; state < values.length; state++) {
                double best = bestOf(state);
                change = Math.max(change, Math.abs(best - values[state]));
                values[state] = best;
            }
        }
    }

    private double bestOf(int state) {
        double best = Double.NEGATIVE_INFINITY;
        for (int action = 0; action < Action.values().length; action++) {
            best = Math.max(best, actionValue(state, action));
        }
        return best;
    }

    /** Expected discounted reward from a state on. */
    public double value(int state) {
        return values[state];
    }

    /** Expected discounted reward after an action; 0 in a terminal state. */
    public double actionValue(int state, int action) {
        if (lake.map().isTerminal(state)) {
            return 0;
        }
        double[] next = lake.next(state, action);
        double value = 0;
        for (int other = 0; other < next.length; other++) {
            if (next[other] > 0) {
                value += next[other] * (lake.reward(other) + discount * values[other]);
            }
        }
        return value;
    }

    /** Whether no action is better. */
    public boolean isOptimal(int state, int action) {
        return actionValue(state, action) > bestOf(state) - TIE;
    }

    /** The lowest of the optimal actions. */
    public int optimalAction(int state) {
        int action = 0;
        while (!isOptimal(state, action)) {
            action++;
        }
        return action;
    }

    /** The policy that shares among optimal actions. */
    public StochasticPolicy policy() {
        double[][] probabilities = new double[values.length][Action.values().length];
        for (int state = 0; state < values.length; state++) {
            int optimal = 0;
            for (int action = 0; action < probabilities[state].length; action++) {
                optimal += isOptimal(state, action) ? 1 : 0;
            }
            for (int action = 0; action < probabilities[state].length; action++) {
                probabilities[state][action] = isOptimal(state, action) ? 1.0 / optimal : 0;
            }
        }
        return new StochasticPolicy(probabilities);
    }
}
