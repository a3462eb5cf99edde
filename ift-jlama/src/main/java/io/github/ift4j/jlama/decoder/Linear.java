package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;
import java.lang.foreign.MemorySegment;

/** A linear layer out = x · Wᵀ + b, as PyTorch's {@code nn.Linear}: W is [out, in]. Either trainable or packed for serving. */
final class Linear {
    private final Weight weight;
    private final MemorySegment packed;
    private final Weight bias;

    private Linear(Weight weight, MemorySegment packed, Weight bias) {
        this.weight = weight;
        this.packed = packed;
        this.bias = bias;
    }

    /** A layer over plain weights, which may change between calls. */
    static Linear plain(Weight weight, Weight bias) {
        return new Linear(weight, null, bias);
    }

    /** A layer over weights that were laid out once by {@link io.github.ift4j.jlama.kernel.Gemm#pack}; it cannot be trained. */
    static Linear packed(MemorySegment packed, Weight bias) {
        return new Linear(null, packed, bias);
    }

    /** out = x · Wᵀ + b, or out += x · Wᵀ + b. */
    void forward(Compute compute, Matrix x, Matrix out, boolean accumulate) {
        if (packed == null) {
            compute.gemm().multiply(Form.A_BT, x, weight.value(), out, accumulate);
        } else {
            compute.gemm().multiplyPacked(x, packed, out, accumulate);
        }
        if (bias != null) {
            Rows.addToEach(compute.workers(), bias.value(), out);
        }
    }

    /** dX = dOut · W, or dX += dOut · W. */
    void backwardInput(Compute compute, Matrix dOut, Matrix dX, boolean accumulate) {
        compute.gemm().multiply(Form.A_B, dOut, weight.value(), dX, accumulate);
    }

    /** Adds dOutᵀ · x to the gradient of W and the sum of dOut's rows to that of b. */
    void backwardWeight(Compute compute, Matrix x, Matrix dOut) {
        Matrix dWeight = weight.gradient();
        if (dWeight != null) {
            compute.gemm().multiply(Form.AT_B, dOut, x, dWeight, true);
        }
        Matrix dBias = bias == null ? null : bias.gradient();
        if (dBias != null) {
            Rows.addUp(compute.workers(), dOut, dBias);
        }
    }
}
