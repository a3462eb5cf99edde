package io.github.ift4j.samples.frozenlake;

/**
 * Where an agent gets to: {@code T[s][s'] = sum_a pi(a|s) P(s'|s,a)}, the state-action transition matrix of a policy that the
 * experiment compares by.
 *
 * @param lake the environment
 * @param probabilities of the next state, [states][states]
 */
public record TransitionMatrix(FrozenLake lake, double[][] probabilities) {
    /** That of a policy. */
    public static TransitionMatrix of(FrozenLake lake, StochasticPolicy policy) {
        int states = lake.states();
        double[][] probabilities = new double[states][states];
        for (int state = 0; state < states; state++) {
            for (int action = 0; action < Action.values().length; action++) {
                double[] next = lake.next(state, action);
                for (int other = 0; other < states; other++) {
                    probabilities[state][other] += policy.of(state, action) * next[other];
                }
            }
        }
        return new TransitionMatrix(lake, probabilities);
    }

    /** Mean over all states that are not terminal, and over all next states, of the squared difference. */
    public double meanSquaredError(TransitionMatrix other) {
        double sum = 0;
        int rows = 0;
        for (int state = 0; state < probabilities.length; state++) {
            if (!lake.map().isTerminal(state)) {
                rows++;
                for (int next = 0; next < probabilities.length; next++) {
                    double difference = probabilities[state][next] - other.probabilities[state][next];
                    sum += difference * difference;
                }
            }
        }
        return sum / rows / probabilities.length;
    }
}
