package io.github.ift4j.samples.frozenlake;

import java.util.random.RandomGenerator;

/**
 * The environment as Gymnasium defines {@code FrozenLake-v1}: on dry ice an action moves the agent to the neighbouring cell, on
 * slippery ice it moves with probability 1/3 each as intended or at a right angle to that; at the edge it stays. A hole or the
 * goal ends the episode, and reaching the goal gives reward 1, all else 0.
 */
public final class FrozenLake {
    /** Steps after which Gymnasium breaks an episode on the 4x4 map off; here on all maps up to 16 cells. */
    private static final int EPISODE_STEPS = 100;

    private static final int CELLS = 16;

    private final LakeMap map;
    private final boolean slippery;
    private final double[][][] probabilities;

    /**
     * @param map its cells
     * @param slippery whether the agent slips
     */
    public FrozenLake(LakeMap map, boolean slippery) {
        this.map = map;
        this.slippery = slippery;
        int states = map.states();
        this.probabilities = new double[states][Action.values().length][states];
        for (int state = 0; state < states; state++) {
            for (Action action : Action.values()) {
                fill(probabilities[state][action.ordinal()], state, action);
            }
        }
    }

    private void fill(double[] row, int state, Action action) {
        if (map.isTerminal(state)) {
            row[state] = 1;
        } else if (!slippery) {
            row[map.neighbour(state, action)] = 1;
        } else {
            for (Action slip : action.slips()) {
                row[map.neighbour(state, slip)] += 1.0 / 3;
            }
        }
    }

    /** Its cells. */
    public LakeMap map() {
        return map;
    }

    /** Whether the agent slips. */
    public boolean isSlippery() {
        return slippery;
    }

    /** Number of states. */
    public int states() {
        return map.states();
    }

    /** Name for reports: the map's, and whether it is slippery. */
    public String name() {
        return slippery ? map.name() + " slippery" : map.name();
    }

    /** Steps after which an episode is broken off: Gymnasium's 100 on 4x4 and 200 on 8x8; 100 up to 16 cells, 200 beyond. */
    public int episodeSteps() {
        return states() <= CELLS ? EPISODE_STEPS : 2 * EPISODE_STEPS;
    }

    /** Probabilities of the next state, [states]; a terminal state leads to itself. Not to be changed. */
    public double[] next(int state, int action) {
        return probabilities[state][action];
    }

    /** Reward of entering a state from another. */
    public double reward(int state) {
        return map.tiles().get(state) == Tile.GOAL ? 1 : 0;
    }

    /** The state that an action most probably leads to; among equals the one it intends, then the lowest number. */
    public int likelySuccessor(int state, int action) {
        double[] row = next(state, action);
        int best = map.isTerminal(state) ? state : map.neighbour(state, Action.values()[action]);
        for (int other = 0; other < row.length; other++) {
            best = row[other] > row[best] ? other : best;
        }
        return best;
    }

    /** Plays one step. */
    public int step(int state, int action, RandomGenerator random) {
        double[] row = next(state, action);
        double left = random.nextDouble();
        int last = state;
        for (int other = 0; other < row.length; other++) {
            if (row[other] > 0) {
                left -= row[other];
                last = other;
                if (left < 0) {
                    return other;
                }
            }
        }
        return last;
    }
}
