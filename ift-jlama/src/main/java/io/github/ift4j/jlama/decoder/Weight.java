package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;
import java.lang.foreign.Arena;

/**
 * A weight of the decoder in float32; a vector is a matrix of one row.
 *
 * @param value the numbers
 * @param parameter the trainer's view of the same memory; null when the weight is frozen
 */
record Weight(Matrix value, Parameter parameter) implements WeightMatrix {
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

    @Override
    public int rows() {
        return value.rows();
    }

    @Override
    public int cols() {
        return value.cols();
    }

    @Override
    public void multiply(Gemm gemm, Form form, Matrix x, Matrix out, boolean accumulate) {
        gemm.multiplyWeight(form, x, value, out, accumulate);
    }

    @Override
    public WeightMatrix rowRange(int from, int to) {
        return frozen(value.rowRange(from, to));
    }

    @Override
    public void gatherMixed(Workers workers, int[] a, int[] b, float lambda, Matrix out) {
        Rows.gatherMixed(workers, value, a, b, lambda, out);
    }

    @Override
    public Matrix inFloat32(Gemm gemm, int from, int to, Matrix memory) {
        return value.rowRange(from, to);
    }

    @Override
    public Matrix gradient() {
        if (parameter == null) {
            return null;
        }
        parameter.markGradient();
        return gradientMemory();
    }

    @Override
    public GradientTarget gradientTarget() {
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
