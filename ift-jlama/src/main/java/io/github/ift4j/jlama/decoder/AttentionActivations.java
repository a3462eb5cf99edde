package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.QueryKeyNorm;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * What attention's forward pass computes, one row a token.
 *
 * @param projected queries, keys and values side by side as they are projected, [rows, (heads + 2 kvHeads) x headDim]
 * @param query rotated queries, [rows, heads x headDim]: in place in {@code projected}, or a matrix of their own if there is a norm
 *     between
 * @param key rotated keys, [rows, kvHeads x headDim], alike
 * @param value values, [rows, kvHeads x headDim], in {@code projected}
 * @param queryStatistics of the norm of queries, [rows, heads or 1]; null without one
 * @param keyStatistics of the norm of keys, [rows, kvHeads or 1]; null without one
 * @param attended output of attention before its projection, [rows, heads x headDim]
 * @param logSumExp log of the softmax denominators, [rows, heads]
 */
record AttentionActivations(
        Matrix projected,
        Matrix query,
        Matrix key,
        Matrix value,
        Matrix queryStatistics,
        Matrix keyStatistics,
        Matrix attended,
        Matrix logSumExp) {

    static AttentionActivations allocate(Arena arena, AttentionConfig config, int rows) {
        int queries = config.queryWidth();
        int keys = config.keyWidth();
        Matrix projected = Matrix.allocate(arena, rows, queries + 2 * keys);
        boolean normed = config.norm() != QueryKeyNorm.NONE;
        boolean each = config.norm() == QueryKeyNorm.EACH_HEAD;
        return new AttentionActivations(
                projected,
                normed ? Matrix.allocate(arena, rows, queries) : projected.columnRange(0, queries),
                normed ? Matrix.allocate(arena, rows, keys) : projected.columnRange(queries, queries + keys),
                projected.columnRange(queries + keys, queries + 2 * keys),
                normed ? Matrix.allocate(arena, rows, each ? config.heads() : 1) : null,
                normed ? Matrix.allocate(arena, rows, each ? config.kvHeads() : 1) : null,
                Matrix.allocate(arena, rows, queries),
                Matrix.allocate(arena, rows, config.heads()));
    }

    /** Floats that {@link #allocate} takes for a row. */
    static long floatsPerRow(AttentionConfig config) {
        long projections = config.queryWidth() + 2L * config.keyWidth();
        long normed = switch (config.norm()) {
            case NONE -> 0;
            case EACH_HEAD -> config.queryWidth() + config.keyWidth() + config.heads() + config.kvHeads();
            case WHOLE_ROW -> config.queryWidth() + config.keyWidth() + 2;
        };
        return projections + normed + config.queryWidth() + config.heads();
    }

    AttentionActivations rowRange(int from, int to) {
        return new AttentionActivations(
                projected.rowRange(from, to),
                query.rowRange(from, to),
                key.rowRange(from, to),
                value.rowRange(from, to),
                queryStatistics == null ? null : queryStatistics.rowRange(from, to),
                keyStatistics == null ? null : keyStatistics.rowRange(from, to),
                attended.rowRange(from, to),
                logSumExp.rowRange(from, to));
    }
}
