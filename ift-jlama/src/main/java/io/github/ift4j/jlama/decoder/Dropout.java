package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.random.SplitMix64;
import io.github.ift4j.jlama.kernel.Matrix;

/**
 * Which inputs of adapters a training step leaves out. The choice follows from the seed, the module, the row's identity and the
 * column alone: a row that is computed in both passes of the temporal residual connection, and again in the backward pass, leaves
 * out the same inputs each time.
 *
 * @param seed of the step
 * @param rows identity of each matrix row; null where nothing is left out
 */
record Dropout(long seed, int[] rows) {
    static final Dropout NONE = new Dropout(0, null);

    boolean active() {
        return rows != null;
    }

    /** The same step for matrices that hold some of the rows. */
    Dropout of(int[] chosen) {
        if (!active()) {
            return this;
        }
        int[] identities = new int[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            identities[i] = rows[chosen[i]];
        }
        return new Dropout(seed, identities);
    }

    /**
     * to = from, or to += from, with each element zero with the given probability and the others divided by the rest, as PyTorch's
     * {@code nn.Dropout}.
     *
     * @param module distinguishes the modules of a model
     * @param rate probability, below 1
     */
    void apply(Workers workers, long module, float rate, Matrix from, Matrix to, boolean accumulate) {
        float kept = 1 / (1 - rate);
        workers.forEach(from.rows(), (row, worker) -> {
            float[] values = from.row(row);
            SplitMix64 random = SplitMix64.of(seed, module, rows[row]);
            for (int col = 0; col < values.length; col++) {
                values[col] = random.nextDouble() < rate ? 0 : values[col] * kept;
            }
            if (accumulate) {
                to.addToRow(row, values);
            } else {
                to.setRow(row, values);
            }
        });
    }
}
