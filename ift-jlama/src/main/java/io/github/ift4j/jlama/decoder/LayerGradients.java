package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.architecture.QueryKeyNorm;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * Gradients that flow through a layer's backward pass; all layers use the same memory one after the other.
 *
 * @param hidden of the residual stream, [rows, hidden]
 * @param read of what a branch read, [rows, hidden]
 * @param joining of what joins the stream, [rows, hidden]; null where branches add to it directly
 * @param output of a branch's output before its norm, [rows, hidden]; null where there is no such norm
 * @param projected of queries, keys and values as they are projected, [rows, (heads + 2 kvHeads) x headDim]
 * @param query of rotated queries, in {@code projected} or, if there is a norm between, on its own, [rows, heads x headDim]
 * @param key of rotated keys, alike, [rows, kvHeads x headDim]
 * @param value of values, in {@code projected}, [rows, kvHeads x headDim]
 * @param attended of attention's output, [rows, heads x headDim]
 */
record LayerGradients(
        Matrix hidden,
        Matrix read,
        Matrix joining,
        Matrix output,
        Matrix projected,
        Matrix query,
        Matrix key,
        Matrix value,
        Matrix attended) {

    static LayerGradients allocate(Arena arena, DecoderConfig config, int rows) {
        AttentionConfig attention = config.attention();
        int hidden = config.hiddenSize();
        int queries = attention.queryWidth();
        int keys = attention.keyWidth();
        boolean normed = attention.norm() != QueryKeyNorm.NONE;
        Matrix projected = Matrix.allocate(arena, rows, queries + 2 * keys);
        return new LayerGradients(
                Matrix.allocate(arena, rows, hidden),
                Matrix.allocate(arena, rows, hidden),
                config.residualScale() != 1 ? Matrix.allocate(arena, rows, hidden) : null,
                config.norm().after() ? Matrix.allocate(arena, rows, hidden) : null,
                projected,
                normed ? Matrix.allocate(arena, rows, queries) : projected.columnRange(0, queries),
                normed ? Matrix.allocate(arena, rows, keys) : projected.columnRange(queries, queries + keys),
                projected.columnRange(queries + keys, queries + 2 * keys),
                Matrix.allocate(arena, rows, queries));
    }

    /** Memory that {@link #allocate} takes for a row, with that which layers share in the forward pass, in bytes. */
    static long bytesPerRow(DecoderConfig config) {
        long projections =
                config.attention().queryWidth() + 2L * config.attention().keyWidth();
        return Float.BYTES
                * (5L * config.hiddenSize()
                        + 2 * projections
                        + config.attention().queryWidth()
                        + config.mlp().width());
    }

    LayerGradients rowRange(int from, int to) {
        return new LayerGradients(
                hidden.rowRange(from, to),
                read.rowRange(from, to),
                joining == null ? null : joining.rowRange(from, to),
                output == null ? null : output.rowRange(from, to),
                projected.rowRange(from, to),
                query.rowRange(from, to),
                key.rowRange(from, to),
                value.rowRange(from, to),
                attended.rowRange(from, to));
    }
}
