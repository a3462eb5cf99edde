package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.MlpConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * What an MLP's forward pass computes, one row a token; of a mixture of experts as many rows a token as it chooses experts.
 *
 * @param projected before the activation: gate and up side by side [rows, 2 x width], or [rows, width] of a plain MLP
 * @param activated after the activation, [rows, width]; not needed after the forward pass, so layers share it
 * @param chosen numbers of the chosen experts, [rows, chosen]; null without a mixture
 * @param share their shares, [rows, chosen]; null without a mixture
 * @param experts memory that layers share; null without a mixture
 */
record MlpActivations(Matrix projected, Matrix activated, Matrix chosen, Matrix share, ExpertMemory experts) {

    static MlpActivations allocate(Arena arena, MlpConfig config, int rows, SharedActivations shared) {
        int width = config.width();
        return switch (config) {
            case MlpConfig.Gated _ ->
                new MlpActivations(Matrix.allocate(arena, rows, 2 * width), shared.activated(), null, null, null);
            case MlpConfig.Plain _ ->
                new MlpActivations(Matrix.allocate(arena, rows, width), shared.activated(), null, null, null);
            case MlpConfig.Mixture mixture ->
                new MlpActivations(
                        Matrix.allocate(arena, rows * mixture.chosen(), 2 * width),
                        shared.activated(),
                        Matrix.allocate(arena, rows, mixture.chosen()),
                        Matrix.allocate(arena, rows, mixture.chosen()),
                        shared.experts());
        };
    }

    /** Floats that {@link #allocate} takes for a row, the shared part left out. */
    static long floatsPerRow(MlpConfig config) {
        return switch (config) {
            case MlpConfig.Gated gated -> 2L * gated.width();
            case MlpConfig.Plain plain -> plain.width();
            case MlpConfig.Mixture mixture -> mixture.chosen() * (2L * mixture.width() + 2);
        };
    }

    MlpActivations rowRange(int from, int to) {
        if (chosen == null) {
            return new MlpActivations(projected.rowRange(from, to), activated.rowRange(from, to), null, null, null);
        }
        int slots = chosen.cols();
        return new MlpActivations(
                projected.rowRange(from * slots, to * slots),
                activated,
                chosen.rowRange(from, to),
                share.rowRange(from, to),
                experts);
    }
}
