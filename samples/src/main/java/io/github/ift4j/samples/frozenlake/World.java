package io.github.ift4j.samples.frozenlake;

/**
 * A lake, what is best on it, and what is taught of it.
 *
 * @param lake the environment
 * @param optimal the optimal policy
 * @param lesson the trajectories
 */
public record World(FrozenLake lake, StochasticPolicy optimal, Lesson lesson) {
    /** Discount of value iteration: small enough to prefer short ways, near enough to 1 to take safe ones on slippery ice. */
    public static final double DISCOUNT = 0.99;

    /**
     * Solves a lake.
     *
     * @throws IllegalArgumentException when it has no way to the goal, or no such trajectory
     */
    public static World of(FrozenLake lake, SubOptimal kind) {
        ValueIteration solution = ValueIteration.solve(lake, DISCOUNT);
        return new World(lake, solution.policy(), Lesson.of(lake, solution, DISCOUNT, kind));
    }
}
