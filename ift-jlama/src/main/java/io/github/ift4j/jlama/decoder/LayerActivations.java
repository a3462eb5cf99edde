package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * What a layer's forward pass computes, one row a token.
 *
 * @param input the residual stream before the layer, [rows, hidden]
 * @param attentionBranch norms around attention
 * @param attention attention itself
 * @param middle the residual stream between attention and MLP, [rows, hidden]
 * @param mlpBranch norms around the MLP
 * @param mlp the MLP itself
 */
record LayerActivations(
        Matrix input,
        BranchActivations attentionBranch,
        AttentionActivations attention,
        Matrix middle,
        BranchActivations mlpBranch,
        MlpActivations mlp) {

    static LayerActivations allocate(Arena arena, DecoderConfig config, int rows, SharedActivations shared) {
        return new LayerActivations(
                Matrix.allocate(arena, rows, config.hiddenSize()),
                BranchActivations.allocate(arena, config, rows, shared),
                AttentionActivations.allocate(arena, config.attention(), rows),
                Matrix.allocate(arena, rows, config.hiddenSize()),
                BranchActivations.allocate(arena, config, rows, shared),
                MlpActivations.allocate(arena, config.mlp(), rows, shared));
    }

    /** The same memory with the residual stream before the layer in another place. */
    LayerActivations withInput(Matrix other) {
        return new LayerActivations(other, attentionBranch, attention, middle, mlpBranch, mlp);
    }

    /** Memory that {@link #allocate} takes for a row, the shared part left out, in bytes. */
    static long bytesPerRow(DecoderConfig config) {
        return Float.BYTES
                * (2L * config.hiddenSize()
                        + 2 * BranchActivations.floatsPerRow(config)
                        + AttentionActivations.floatsPerRow(config.attention())
                        + MlpActivations.floatsPerRow(config.mlp()));
    }

    /** The rows {@code from} (inclusive) to {@code to} (exclusive) of all matrices. */
    LayerActivations rowRange(int from, int to) {
        return new LayerActivations(
                input.rowRange(from, to),
                attentionBranch.rowRange(from, to),
                attention.rowRange(from, to),
                middle.rowRange(from, to),
                mlpBranch.rowRange(from, to),
                mlp.rowRange(from, to));
    }
}
