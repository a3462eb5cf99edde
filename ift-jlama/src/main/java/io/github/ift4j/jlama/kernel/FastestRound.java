package io.github.ift4j.jlama.kernel;

/** What a processor or its memory can do, which the fastest of several rounds of the same work shows: others use them, too. */
final class FastestRound {
    private FastestRound() {}

    /**
     * Does the work several times.
     *
     * @param amount of one round
     * @return amount a second of the fastest round
     */
    static double rate(int rounds, double amount, Runnable work) {
        double best = 0;
        for (int round = 0; round < rounds; round++) {
            long start = System.nanoTime();
            work.run();
            best = Math.max(best, 1e9 * amount / (System.nanoTime() - start));
        }
        return best;
    }
}
