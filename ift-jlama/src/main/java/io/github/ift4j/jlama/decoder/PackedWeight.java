package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.PackedWeights;

/** A frozen weight, laid out by {@link Gemm#pack} in the format in which it was stored. */
record PackedWeight(PackedWeights packed) implements WeightMatrix {
    @Override
    public int rows() {
        return packed.rows();
    }

    @Override
    public int cols() {
        return packed.cols();
    }

    @Override
    public void multiply(Gemm gemm, Form form, Matrix x, Matrix out, boolean accumulate) {
        gemm.multiplyPacked(form, x, packed, out, accumulate);
    }

    @Override
    public WeightMatrix rowRange(int from, int to) {
        return new PackedWeight(packed.rowRange(from, to));
    }

    @Override
    public void gatherMixed(Workers workers, int[] a, int[] b, float lambda, Matrix out) {
        packed.gatherMixed(workers, a, b, lambda, out);
    }

    @Override
    public Matrix inFloat32(Gemm gemm, int from, int to, Matrix memory) {
        Matrix rows = memory.rowRange(0, to - from);
        gemm.unpack(packed, from, rows);
        return rows;
    }

    @Override
    public Matrix gradient() {
        return null;
    }

    @Override
    public Weight.GradientTarget gradientTarget() {
        return null;
    }
}
