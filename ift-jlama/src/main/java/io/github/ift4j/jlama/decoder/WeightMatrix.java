package io.github.ift4j.jlama.decoder;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;

/** The matrix of a linear layer or an embedding: float32 numbers, which may learn, or packed ones of any format, which do not. */
sealed interface WeightMatrix permits Weight, PackedWeight {
    int rows();

    int cols();

    /**
     * out = x op W, or out += x op W.
     *
     * @param form {@link Form#A_BT} or {@link Form#A_B}
     */
    void multiply(Gemm gemm, Form form, Matrix x, Matrix out, boolean accumulate);

    /**
     * Rows for products, sharing the memory.
     *
     * @param from a multiple of {@link io.github.ift4j.jlama.kernel.PackedWeights#ROW_MULTIPLE}
     * @param to after the last row
     */
    WeightMatrix rowRange(int from, int to);

    /** out[i] = (1 - lambda) row {@code a[i]} + lambda row {@code b[i]}. */
    void gatherMixed(Workers workers, int[] a, int[] b, float lambda, Matrix out);

    /**
     * Rows in float32: the numbers themselves or a copy, valid until the next call with the same memory.
     *
     * @param from a multiple of {@link io.github.ift4j.jlama.kernel.PackedWeights#ROW_MULTIPLE}
     * @param memory may be used for a copy, at least as large as the rows
     */
    Matrix inFloat32(Gemm gemm, int from, int to, Matrix memory);

    /** The gradient, ready to be added to; null when the weight is frozen. */
    Matrix gradient();

    /** Where products that together cover the gradient write it; null when the weight is frozen. */
    Weight.GradientTarget gradientTarget();
}
