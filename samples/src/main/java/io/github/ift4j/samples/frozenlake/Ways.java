package io.github.ift4j.samples.frozenlake;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * The best single episode that leads somewhere: the one whose probability, discounted with each step, is largest. On dry ice
 * it is a shortest way. Among equals an action of lower number comes first, then a state of lower number.
 */
final class Ways {
    private static final double EQUAL = 1e-12;

    private final FrozenLake lake;
    private final double discount;
    private final StepFilter allowed;
    private final IntPredicate target;
    private final double[] weights;

    private Ways(FrozenLake lake, double discount, StepFilter allowed, IntPredicate target) {
        this.lake = lake;
        this.discount = discount;
        this.allowed = allowed;
        this.target = target;
        this.weights = new double[lake.states()];
        for (int state = 0; state < weights.length; state++) {
            weights[state] = target.test(state) ? 1 : 0;
        }
    }

    /**
     * Finds the ways from everywhere.
     *
     * @param allowed steps that a way may take
     * @param target states that it ends in
     */
    static Ways to(FrozenLake lake, double discount, StepFilter allowed, IntPredicate target) {
        Ways ways = new Ways(lake, discount, allowed, target);
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int state = 0; state < ways.weights.length; state++) {
                if (!target.test(state) && ways.step(state) instanceof Step step && step.weight > ways.weights[state]) {
                    ways.weights[state] = step.weight;
                    changed = true;
                }
            }
        }
        return ways;
    }

    /** Discounted probability of the best way from a state; 0 when there is none. */
    double weight(int state) {
        return weights[state];
    }

    /**
     * The best way from a state.
     *
     * @throws IllegalArgumentException when there is none
     */
    Trajectory from(int start) {
        Preconditions.checkArgument(
                weights[start] > 0,
                "%s: no way leads over the ice from cell %s; take a hole away",
                lake.map().name(),
                start);
        List<Integer> states = new ArrayList<>(List.of(start));
        List<Integer> actions = new ArrayList<>();
        while (!target.test(states.getLast())) {
            Step step = step(states.getLast());
            states.add(step.next);
            actions.add(step.action);
        }
        return new Trajectory(
                states.stream().mapToInt(Integer::intValue).toArray(),
                actions.stream().mapToInt(Integer::intValue).toArray());
    }

    /** The best step, or null when none leads on. */
    private Step step(int state) {
        Step best = null;
        for (int action = 0; action < Action.values().length && !lake.map().isTerminal(state); action++) {
            double[] next = lake.next(state, action);
            for (int other = 0; other < next.length; other++) {
                double weight = discount * next[other] * weights[other];
                if (weight > (best == null ? 0 : best.weight * (1 + EQUAL)) && allowed.test(state, action, other)) {
                    best = new Step(action, other, weight);
                }
            }
        }
        return best;
    }

    private record Step(int action, int next, double weight) {}

    /** Says whether a way may take a step. */
    @FunctionalInterface
    interface StepFilter {
        boolean test(int state, int action, int next);
    }
}
