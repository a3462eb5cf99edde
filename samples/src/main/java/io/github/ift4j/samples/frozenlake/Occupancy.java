package io.github.ift4j.samples.frozenlake;

/**
 * What to expect of an agent's episode, computed without sampling.
 *
 * @param visits expected number of moments in each state that is not terminal, [states]
 * @param success probability of reaching the goal before the episode is broken off
 */
public record Occupancy(double[] visits, double success) {
    /**
     * That of an agent.
     *
     * @param steps after which an episode is broken off
     */
    public static Occupancy of(TransitionMatrix agent, int steps) {
        LakeMap map = agent.lake().map();
        double[] now = new double[map.states()];
        now[map.start()] = 1;
        double[] visits = new double[now.length];
        for (int step = 0; step < steps; step++) {
            double[] next = new double[now.length];
            for (int state = 0; state < now.length; state++) {
                visits[state] += map.isTerminal(state) ? 0 : now[state];
                for (int other = 0; other < now.length && now[state] > 0; other++) {
                    next[other] += now[state] * agent.probabilities()[state][other];
                }
            }
            now = next;
        }
        double success = 0;
        for (int state = 0; state < now.length; state++) {
            success += map.tiles().get(state) == Tile.GOAL ? now[state] : 0;
        }
        return new Occupancy(visits, success);
    }
}
