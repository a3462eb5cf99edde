package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;

/**
 * A weight of the decoder; a vector is a matrix of one row.
 *
 * @param value the numbers
 * @param parameter the trainer's view of the same memory; null when the weight is frozen
 */
record Weight(Matrix value, Parameter parameter) {
    /** A weight that does not learn. */
    static Weight frozen(Matrix value) {
        return new Weight(value, null);
    }

    /** A frozen weight with the same numbers in memory of its own. */
    Weight copy(Arena arena) {
        Matrix copy = Matrix.allocate(arena, value.rows(), value.cols());
        copy.copyFrom(value);
        return frozen(copy);
    }

    /** The gradient, ready to be added to; null when the weight is frozen. */
    Matrix gradient() {
        if (parameter == null) {
            return null;
        }
        parameter.markGradient();
        return gradientMemory();
    }

    /** Where products that together cover the gradient write it; null when the weight is frozen. */
    GradientTarget gradientTarget() {
        return parameter == null ? null : new GradientTarget(gradientMemory(), parameter.beginGradient());
    }

    private Matrix gradientMemory() {
        return new Matrix(parameter.gradient(), value.offset(), value.rows(), value.cols(), value.stride());
    }

    /**
     * A gradient that is written as a whole.
     *
     * @param accumulate whether to add to it; else it holds anything and must be overwritten
     */
    record GradientTarget(Matrix matrix, boolean accumulate) {}
}
