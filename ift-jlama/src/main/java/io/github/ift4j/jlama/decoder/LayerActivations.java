package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * What a layer's forward pass computes, one row a token.
 *
 * @param input the residual stream before the layer, [rows, hidden]
 * @param normed attention norm of the input, [rows, hidden]
 * @param inverse reciprocal root mean square of the input, [rows, 1]
 * @param query rotated queries, [rows, heads x headDim]
 * @param key rotated keys, [rows, kvHeads x headDim]
 * @param value values, [rows, kvHeads x headDim]
 * @param attended output of attention before its projection, [rows, heads x headDim]
 * @param logSumExp log of the softmax denominators, [rows, heads]
 * @param middle the residual stream between attention and MLP, [rows, hidden]
 * @param middleNormed MLP norm of the middle, [rows, hidden]
 * @param middleInverse reciprocal root mean square of the middle, [rows, 1]
 * @param gate gate projection, [rows, intermediate]
 * @param up up projection, [rows, intermediate]
 * @param gated silu(gate) · up, [rows, intermediate]; not needed after the forward pass, so layers may share it
 */
record LayerActivations(
        Matrix input,
        Matrix normed,
        Matrix inverse,
        Matrix query,
        Matrix key,
        Matrix value,
        Matrix attended,
        Matrix logSumExp,
        Matrix middle,
        Matrix middleNormed,
        Matrix middleInverse,
        Matrix gate,
        Matrix up,
        Matrix gated) {

    static LayerActivations allocate(Arena arena, DecoderConfig config, int rows, Matrix gated) {
        return new LayerActivations(
                Matrix.allocate(arena, rows, config.hiddenSize()),
                Matrix.allocate(arena, rows, config.hiddenSize()),
                Matrix.allocate(arena, rows, 1),
                Matrix.allocate(arena, rows, config.queryWidth()),
                Matrix.allocate(arena, rows, config.keyWidth()),
                Matrix.allocate(arena, rows, config.keyWidth()),
                Matrix.allocate(arena, rows, config.queryWidth()),
                Matrix.allocate(arena, rows, config.heads()),
                Matrix.allocate(arena, rows, config.hiddenSize()),
                Matrix.allocate(arena, rows, config.hiddenSize()),
                Matrix.allocate(arena, rows, 1),
                Matrix.allocate(arena, rows, config.intermediateSize()),
                Matrix.allocate(arena, rows, config.intermediateSize()),
                gated);
    }

    /** Memory that {@link #allocate} takes for a row, the shared part left out, in bytes. */
    static long bytesPerRow(DecoderConfig config) {
        return (long) Float.BYTES
                * (4L * config.hiddenSize()
                        + 2L * config.queryWidth()
                        + 2L * config.keyWidth()
                        + 2L * config.intermediateSize()
                        + config.heads()
                        + 2);
    }

    /** The rows {@code from} (inclusive) to {@code to} (exclusive) of all matrices. */
    LayerActivations rowRange(int from, int to) {
        return new LayerActivations(
                input.rowRange(from, to),
                normed.rowRange(from, to),
                inverse.rowRange(from, to),
                query.rowRange(from, to),
                key.rowRange(from, to),
                value.rowRange(from, to),
                attended.rowRange(from, to),
                logSumExp.rowRange(from, to),
                middle.rowRange(from, to),
                middleNormed.rowRange(from, to),
                middleInverse.rowRange(from, to),
                gate.rowRange(from, to),
                up.rowRange(from, to),
                gated.rowRange(from, to));
    }
}
