package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.ColumnGain;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;
import java.lang.foreign.Arena;

/**
 * A low-rank adapter of a linear layer (Hu et al. 2021, arXiv 2106.09685): out += scale · dropout(x) · Aᵀ · Bᵀ, as PEFT's {@code
 * LoraLayer}. With a {@link Magnitude} it is DoRA (Liu et al. 2024, arXiv 2402.09353): each column of x · Wᵀ + scale · x · Aᵀ · Bᵀ
 * is multiplied by its gain.
 *
 * @param module distinguishes the modules of a model in dropout
 * @param a [rank, in]
 * @param b [out, rank]
 * @param scale alpha / rank, or alpha / sqrt(rank) for rsLoRA
 * @param dropout share of the input that is left out in training
 * @param magnitude null without DoRA
 */
record LowRank(long module, Weight a, Weight b, float scale, float dropout, Magnitude magnitude) {

    /** One with the same numbers in memory of its own, which does not learn. */
    LowRank copy(Arena arena) {
        return new LowRank(
                module, a.copy(arena), b.copy(arena), scale, dropout, magnitude == null ? null : magnitude.copy(arena));
    }

    /** Whether it changes nothing yet, as B is zero. */
    boolean isFresh() {
        Matrix values = b.value();
        for (int row = 0; row < values.rows(); row++) {
            for (int col = 0; col < values.cols(); col++) {
                if (values.get(row, col) != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Adds to the output of the base layer. */
    void forward(Compute compute, Linear base, Matrix x, Matrix out) {
        Matrix kept = kept(compute, x);
        Matrix low = low(compute, kept);
        if (magnitude == null) {
            compute.gemm().multiply(Form.A_BT, low, b.value(), out, true);
            return;
        }
        Matrix product = compute.scratch().matrix(Scratch.Use.PRODUCT, out.rows(), out.cols());
        base.product(compute, kept, product, false);
        ColumnGain.forward(compute.workers(), product, magnitude.gain(), -1, out);
        compute.gemm().multiply(Form.A_BT, low, b.value(), product, false);
        ColumnGain.forward(compute.workers(), product, magnitude.gain(), 0, out);
    }

    /** Adds to the gradient of the base layer's input. */
    void backwardInput(Compute compute, Linear base, Matrix dOut, Matrix dX) {
        boolean dropped = drops(compute);
        if (magnitude == null && !dropped) {
            compute.gemm().multiply(Form.A_B, dLow(compute, dOut), a.value(), dX, true);
            return;
        }
        Matrix dKept = compute.scratch().matrix(Scratch.Use.D_DROPPED, dX.rows(), dX.cols());
        compute.gemm().multiply(Form.A_B, dLow(compute, gained(compute, dOut, 0)), a.value(), dKept, false);
        if (magnitude != null) {
            base.productBackward(compute, gained(compute, dOut, -1), dKept, true);
        }
        if (dropped) {
            compute.dropout().apply(compute.workers(), module, dropout, dKept, dX, true);
        } else {
            Rows.addScaled(compute.workers(), dKept, 1, dX);
        }
    }

    /** Adds to the gradients of A, B and the magnitude. */
    void backwardWeight(Compute compute, Linear base, Matrix x, Matrix dOut) {
        Matrix kept = kept(compute, x);
        Matrix low = low(compute, kept);
        if (magnitude != null && magnitude.weight().parameter() != null) {
            Matrix product = compute.scratch().matrix(Scratch.Use.PRODUCT, dOut.rows(), dOut.cols());
            base.product(compute, kept, product, false);
            compute.gemm().multiply(Form.A_BT, low, b.value(), product, true);
            magnitude.backward(compute.workers(), product, dOut);
        }
        Matrix dProduct = gained(compute, dOut, 0);
        Matrix dB = b.gradient();
        if (dB != null) {
            compute.gemm().multiply(Form.AT_B, dProduct, low, dB, true);
        }
        Matrix dA = a.gradient();
        if (dA != null) {
            compute.gemm().multiply(Form.AT_B, dLow(compute, dProduct), kept, dA, true);
        }
    }

    private boolean drops(Compute compute) {
        return dropout > 0 && compute.dropout().active();
    }

    private Matrix kept(Compute compute, Matrix x) {
        if (!drops(compute)) {
            return x;
        }
        Matrix kept = compute.scratch().matrix(Scratch.Use.DROPPED, x.rows(), x.cols());
        compute.dropout().apply(compute.workers(), module, dropout, x, kept, false);
        return kept;
    }

    /** scale · x · Aᵀ, [rows, rank]. */
    private Matrix low(Compute compute, Matrix kept) {
        Matrix low = compute.scratch()
                .matrix(Scratch.Use.LOW_RANK, kept.rows(), a.value().rows());
        compute.gemm().multiply(Form.A_BT, kept, a.value(), low, false);
        Rows.scale(compute.workers(), low, scale);
        return low;
    }

    /** scale · dProduct · B, [rows, rank]. */
    private Matrix dLow(Compute compute, Matrix dProduct) {
        Matrix dLow = compute.scratch()
                .matrix(Scratch.Use.D_LOW_RANK, dProduct.rows(), a.value().rows());
        compute.gemm().multiply(Form.A_B, dProduct, b.value(), dLow, false);
        Rows.scale(compute.workers(), dLow, scale);
        return dLow;
    }

    /** Each column of the output's gradient times its gain plus an offset; the gradient itself without DoRA. */
    private Matrix gained(Compute compute, Matrix dOut, float offset) {
        if (magnitude == null) {
            return dOut;
        }
        Matrix gained = compute.scratch().matrix(Scratch.Use.PRODUCT, dOut.rows(), dOut.cols());
        gained.clear();
        ColumnGain.forward(compute.workers(), dOut, magnitude.gain(), offset, gained);
        return gained;
    }
}
