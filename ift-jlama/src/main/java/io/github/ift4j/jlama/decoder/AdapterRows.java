package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;

/**
 * Which rows of the matrices of a pass have which adapters. All rows share the products with the weights; only what an adapter adds is
 * computed for its rows alone, and no row's result depends on the others.
 *
 * @param runs rows that follow each other and have the same adapters, ascending; rows in none of them have no adapter
 */
record AdapterRows(List<Run> runs) {
    /** No row has any. */
    static final AdapterRows NONE = new AdapterRows(List.of());

    /**
     * Rows with the same adapters.
     *
     * @param from the first of them
     * @param to the one after the last
     */
    record Run(LayerAdapters adapters, int from, int to) {}

    AdapterRows {
        runs = List.copyOf(runs);
    }

    /** The same for matrices that hold some of the rows. */
    AdapterRows of(int[] ascending) {
        List<Run> chosen = new ArrayList<>();
        int next = 0;
        for (Run run : runs) {
            while (next < ascending.length && ascending[next] < run.from()) {
                next++;
            }
            int from = next;
            while (next < ascending.length && ascending[next] < run.to()) {
                next++;
            }
            if (from < next) {
                chosen.add(new Run(run.adapters(), from, next));
            }
        }
        return new AdapterRows(chosen);
    }

    /** Adds to each row of a layer's output what its adapter adds. */
    void forward(Compute compute, Linear base, Matrix x, Matrix out) {
        for (Run run : runs) {
            LowRank adapter = run.adapters().layers().get(base);
            if (adapter != null) {
                adapter.forward(compute, base, x.rowRange(run.from(), run.to()), out.rowRange(run.from(), run.to()));
            }
        }
    }
}
