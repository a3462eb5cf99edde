package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * Gradients that flow through a layer's backward pass; all layers use the same memory one after the other.
 *
 * @param hidden of the residual stream, [rows, hidden]
 * @param normed of a norm's output, [rows, hidden]
 * @param attended of attention's output, [rows, heads x headDim]
 * @param query of the queries, [rows, heads x headDim]
 * @param key of the keys, [rows, kvHeads x headDim]
 * @param value of the values, [rows, kvHeads x headDim]
 * @param gated of silu(gate) · up, [rows, intermediate]
 */
record LayerGradients(
        Matrix hidden, Matrix normed, Matrix attended, Matrix query, Matrix key, Matrix value, Matrix gated) {

    static LayerGradients allocate(Arena arena, DecoderConfig config, int rows, Matrix gated) {
        return new LayerGradients(
                Matrix.allocate(arena, rows, config.hiddenSize()),
                Matrix.allocate(arena, rows, config.hiddenSize()),
                Matrix.allocate(arena, rows, config.queryWidth()),
                Matrix.allocate(arena, rows, config.queryWidth()),
                Matrix.allocate(arena, rows, config.keyWidth()),
                Matrix.allocate(arena, rows, config.keyWidth()),
                gated);
    }

    LayerGradients rowRange(int from, int to) {
        return new LayerGradients(
                hidden.rowRange(from, to),
                normed.rowRange(from, to),
                attended.rowRange(from, to),
                query.rowRange(from, to),
                key.rowRange(from, to),
                value.rowRange(from, to),
                gated.rowRange(from, to));
    }
}
