package io.github.ift4j.jlama.fuzz;

/**
 * How long the tests with damaged files go on: {@code -Dift.fuzz.count=N} sets the number of damaged inputs of each such test,
 * {@code -Dift.fuzz.seed=S} where to begin. The Maven profile {@code fuzz} runs them all at length.
 */
public final class Fuzz {
    private Fuzz() {}

    /**
     * Number of damaged inputs.
     *
     * @param byDefault as many as an ordinary build has time for
     */
    public static int count(int byDefault) {
        return Integer.getInteger("ift.fuzz.count", byDefault);
    }

    /** Seed of the first input; each further one has the next. */
    public static long seed() {
        return Long.getLong("ift.fuzz.seed", 1);
    }
}
