package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.architecture.MlpConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * Memory that all layers use one after the other, because nothing in it is needed once a layer is done.
 *
 * @param activated inner layer of the MLP after the activation, [rows, width]
 * @param joining output of a branch on its way to the residual stream, [rows, hidden]; null where branches add to it directly
 * @param experts memory of a mixture of experts; null where there is none
 */
record SharedActivations(Matrix activated, Matrix joining, ExpertMemory experts) {
    static SharedActivations allocate(Arena arena, DecoderConfig config, int rows) {
        boolean direct = !config.norm().after() && config.residualScale() == 1;
        return new SharedActivations(
                Matrix.allocate(arena, rows, config.mlp().width()),
                direct ? null : Matrix.allocate(arena, rows, config.hiddenSize()),
                config.mlp() instanceof MlpConfig.Mixture mixture
                        ? ExpertMemory.allocate(arena, rows, config.hiddenSize(), mixture)
                        : null);
    }
}
