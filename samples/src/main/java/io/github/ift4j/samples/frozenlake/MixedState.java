package io.github.ift4j.samples.frozenlake;

/**
 * What the network reads at a moment: the embedding {@code (1 - share) e(state) + share e(predicted)} with one-hot vectors e.
 *
 * @param state where the agent is
 * @param predicted where its most probable action would most probably have led it
 * @param share of the latter, the lambda of the temporal residual connection
 */
record MixedState(int state, int predicted, double share) {
    /** A state as it is. */
    static MixedState of(int state) {
        return new MixedState(state, state, 0);
    }
}
