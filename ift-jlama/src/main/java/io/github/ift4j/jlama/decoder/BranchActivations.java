package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * What the norms around attention or the MLP compute, one row a token; null what the architecture does not have.
 *
 * @param normed what the branch reads, [rows, hidden]
 * @param statistics of the norm before, [rows, {@link Norm#statistics}]
 * @param output what the branch wrote, [rows, hidden]; needed after the forward pass only if there is a norm after, so layers share it
 *     if there is none
 * @param outputStatistics of the norm after, [rows, {@link Norm#statistics}]
 * @param joining the normed output, [rows, hidden]; not needed after the forward pass, so layers share it
 */
record BranchActivations(Matrix normed, Matrix statistics, Matrix output, Matrix outputStatistics, Matrix joining) {

    static BranchActivations allocate(Arena arena, DecoderConfig config, int rows, SharedActivations shared) {
        int hidden = config.hiddenSize();
        int statistics = Norm.statistics(config.norm().kind());
        boolean before = config.norm().before();
        boolean after = config.norm().after();
        return new BranchActivations(
                before ? Matrix.allocate(arena, rows, hidden) : null,
                before ? Matrix.allocate(arena, rows, statistics) : null,
                after ? Matrix.allocate(arena, rows, hidden) : shared.joining(),
                after ? Matrix.allocate(arena, rows, statistics) : null,
                shared.joining());
    }

    /** Floats that {@link #allocate} takes for a row, the shared part left out. */
    static long floatsPerRow(DecoderConfig config) {
        int norms = (config.norm().before() ? 1 : 0) + (config.norm().after() ? 1 : 0);
        return (long) norms
                * (config.hiddenSize() + Norm.statistics(config.norm().kind()));
    }

    BranchActivations rowRange(int from, int to) {
        return new BranchActivations(
                rows(normed, from, to),
                rows(statistics, from, to),
                rows(output, from, to),
                rows(outputStatistics, from, to),
                rows(joining, from, to));
    }

    private static Matrix rows(Matrix matrix, int from, int to) {
        return matrix == null ? null : matrix.rowRange(from, to);
    }
}
