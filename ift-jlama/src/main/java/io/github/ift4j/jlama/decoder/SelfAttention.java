package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.QueryKeyNorm;
import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rope;

/**
 * Attention with its projections.
 *
 * @param headDim width of a head
 * @param window most positions that a query sees
 * @param queryKeyValue projections of queries, keys and values, side by side
 * @param normed which queries and keys are normalised together
 * @param queryNorm null where there is none
 * @param keyNorm null where there is none
 * @param output projection of the output
 */
record SelfAttention(
        int headDim,
        int window,
        StackedLinear queryKeyValue,
        QueryKeyNorm normed,
        Norm queryNorm,
        Norm keyNorm,
        Linear output) {

    /**
     * Computes queries, keys and values.
     *
     * @param x input, [rows, hidden]
     * @param rotation of each row; null where nothing is rotated
     */
    void project(Compute compute, Matrix x, AttentionActivations a, Rotation rotation) {
        queryKeyValue.forward(compute, x, a.projected());
        if (normed != QueryKeyNorm.NONE) {
            normalise(compute, queryNorm, rawQuery(a.projected(), a.query()), a.query(), a.queryStatistics());
            normalise(compute, keyNorm, rawKey(a.projected(), a.query(), a.key()), a.key(), a.keyStatistics());
        }
        if (rotation != null) {
            Rope.forward(compute.workers(), a.query(), headDim, rotation.rows(), rotation.cos(), rotation.sin());
            Rope.forward(compute.workers(), a.key(), headDim, rotation.rows(), rotation.cos(), rotation.sin());
        }
    }

    /**
     * Projects what the queries attended to.
     *
     * @param out receives the output, [rows, hidden]
     * @param accumulate whether to add to what it holds
     */
    void projectOutput(Compute compute, AttentionActivations a, Matrix out, boolean accumulate) {
        output.forward(compute, a.attended(), out, accumulate);
    }

    /**
     * The backward pass of {@link #projectOutput}.
     *
     * @param dOut gradient of the output, [rows, hidden]
     * @param g {@code g.attended()} receives the gradient of what the queries attended to
     */
    void backwardOutput(Compute compute, AttentionActivations a, Matrix dOut, LayerGradients g) {
        output.backwardWeight(compute, a.attended(), dOut);
        output.backwardInput(compute, dOut, g.attended(), false);
    }

    /**
     * The backward pass of attention and of {@link #project}.
     *
     * @param x the input of the forward pass, [rows, hidden]
     * @param rows for each sequence the row of each of its positions
     * @param firstQuery for each sequence the first position that attended
     * @param g in {@code g.attended()} the gradient of what the queries attended to; {@code g.read()} receives that of the input
     */
    void backward(
            Compute compute,
            Matrix x,
            AttentionActivations a,
            Rotation rotation,
            CausalAttention attention,
            int[][] rows,
            int[] firstQuery,
            LayerGradients g) {
        attention.backward(
                rows,
                firstQuery,
                window,
                a.query(),
                a.key(),
                a.value(),
                a.logSumExp(),
                g.attended(),
                g.query(),
                g.key(),
                g.value());
        if (rotation != null) {
            Rope.backward(compute.workers(), g.query(), headDim, rotation.rows(), rotation.cos(), rotation.sin());
            Rope.backward(compute.workers(), g.key(), headDim, rotation.rows(), rotation.cos(), rotation.sin());
        }
        if (normed != QueryKeyNorm.NONE) {
            Matrix dQuery = rawQuery(g.projected(), g.query());
            Matrix dKey = rawKey(g.projected(), g.query(), g.key());
            dQuery.clear();
            dKey.clear();
            Matrix query = rawQuery(a.projected(), a.query());
            Matrix key = rawKey(a.projected(), a.query(), a.key());
            normaliseBackward(compute, queryNorm, query, a.queryStatistics(), g.query(), dQuery);
            normaliseBackward(compute, keyNorm, key, a.keyStatistics(), g.key(), dKey);
        }
        queryKeyValue.backwardWeight(compute, x, g.projected());
        queryKeyValue.backwardInput(compute, g.projected(), g.read(), false);
    }

    private static Matrix rawQuery(Matrix projected, Matrix query) {
        return projected.columnRange(0, query.cols());
    }

    private static Matrix rawKey(Matrix projected, Matrix query, Matrix key) {
        return projected.columnRange(query.cols(), query.cols() + key.cols());
    }

    private void normalise(Compute compute, Norm norm, Matrix x, Matrix out, Matrix statistics) {
        for (int part = 0; part < statistics.cols(); part++) {
            norm.forward(
                    compute,
                    part(x, part, statistics),
                    part(out, part, statistics),
                    statistics.columnRange(part, part + 1));
        }
    }

    private void normaliseBackward(Compute compute, Norm norm, Matrix x, Matrix statistics, Matrix dOut, Matrix dX) {
        for (int part = 0; part < statistics.cols(); part++) {
            norm.backward(
                    compute,
                    part(x, part, statistics),
                    statistics.columnRange(part, part + 1),
                    part(dOut, part, statistics),
                    part(dX, part, statistics));
        }
    }

    /** The columns that are normalised together: those of one head, or all. */
    private static Matrix part(Matrix matrix, int part, Matrix statistics) {
        int width = matrix.cols() / statistics.cols();
        return matrix.columnRange(part * width, (part + 1) * width);
    }
}
