package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.MlpConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * Memory for the rows of one expert at a time, and for the router.
 *
 * @param input rows that go through the expert, or their gradient, [rows, hidden]
 * @param projected gate and up projections of these rows side by side, or their gradients, [rows, 2 x width]
 * @param output the expert's output, or its gradient, [rows, hidden]
 * @param logits of the router, or their gradient, [rows, experts]
 * @param dShare gradient of the shares of the chosen experts, [rows, chosen]
 */
record ExpertMemory(Matrix input, Matrix projected, Matrix output, Matrix logits, Matrix dShare) {
    static ExpertMemory allocate(Arena arena, int rows, int hidden, MlpConfig.Mixture config) {
        return new ExpertMemory(
                Matrix.allocate(arena, rows, hidden),
                Matrix.allocate(arena, rows, 2 * config.width()),
                Matrix.allocate(arena, rows, hidden),
                Matrix.allocate(arena, rows, config.experts()),
                Matrix.allocate(arena, rows, config.chosen()));
    }
}
