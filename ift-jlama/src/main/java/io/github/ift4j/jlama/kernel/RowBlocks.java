package io.github.ift4j.jlama.kernel;

import io.github.ift4j.core.parallel.Workers;

/** Divides rows into tasks that are large enough to be worth a thread's while. */
final class RowBlocks {
    private static final int ELEMENTS_PER_TASK = 16_384;

    private RowBlocks() {}

    /**
     * @param rows number of rows, which must be independent of each other
     * @param cost elements handled a row
     */
    static void forEach(Workers workers, int rows, int cost, Body body) {
        int block = Math.max(1, ELEMENTS_PER_TASK / Math.max(1, cost));
        workers.forEach(
                (rows + block - 1) / block,
                (task, worker) -> body.run(task * block, Math.min(rows, (task + 1) * block), worker));
    }

    /** Handles the rows {@code from} (inclusive) to {@code to} (exclusive). */
    @FunctionalInterface
    interface Body {
        void run(int from, int to, int worker);
    }
}
