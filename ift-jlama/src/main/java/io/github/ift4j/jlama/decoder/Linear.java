package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.PackedWeights;
import io.github.ift4j.jlama.kernel.Rows;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear layer out = x · Wᵀ + b, as PyTorch's {@code nn.Linear}: W is [out, in], or [in, out] where the checkpoint has it
 * transposed (GPT-2's {@code Conv1D}); with or without an adapter.
 */
final class Linear {
    private final int outputs;
    private final WeightMatrix weight;
    private final boolean transposed;
    private final Weight bias;
    private final LowRank adapter;

    private Linear(int outputs, WeightMatrix weight, boolean transposed, Weight bias, LowRank adapter) {
        this.outputs = outputs;
        this.weight = weight;
        this.transposed = transposed;
        this.bias = bias;
        this.adapter = adapter;
    }

    /**
     * A layer without an adapter.
     *
     * @param weight may change between calls if it is in float32
     * @param transposed whether the weight is [in, out]
     * @param bias null where there is none
     */
    static Linear of(WeightMatrix weight, boolean transposed, Weight bias) {
        return new Linear(transposed ? weight.cols() : weight.rows(), weight, transposed, bias, null);
    }

    /** The same layer, its weights shared, with an adapter; null takes it away. */
    Linear with(LowRank other) {
        return new Linear(outputs, weight, transposed, bias, other);
    }

    /** The base weight, [out, in] or [in, out] if transposed. */
    WeightMatrix weight() {
        return weight;
    }

    /** Whether the weight is [in, out]. */
    boolean transposed() {
        return transposed;
    }

    /** Width of the output. */
    int outputs() {
        return outputs;
    }

    /** out = x · Wᵀ + b, or out += x · Wᵀ + b, and what the adapter adds. */
    void forward(Compute compute, Matrix x, Matrix out, boolean accumulate) {
        product(compute, x, out, accumulate);
        finish(compute, x, out);
    }

    /** {@link #forward(Compute, Matrix, Matrix, boolean)} of several layers of one input; packed weights share one product. */
    static void forward(Compute compute, List<Linear> layers, Matrix x, List<Matrix> outs) {
        List<PackedWeights> weights = new ArrayList<>();
        for (Linear layer : layers) {
            if (layer.weight instanceof PackedWeight(PackedWeights packed) && !layer.transposed) {
                weights.add(packed);
            }
        }
        boolean together = weights.size() == layers.size();
        if (together) {
            compute.gemm().multiplyPacked(x, weights, outs, false);
        }
        for (int i = 0; i < layers.size(); i++) {
            if (!together) {
                layers.get(i).product(compute, x, outs.get(i), false);
            }
            layers.get(i).finish(compute, x, outs.get(i));
        }
    }

    /** Adds the bias and what the adapter adds to {@link #product}. */
    void finish(Compute compute, Matrix x, Matrix out) {
        if (bias != null) {
            Rows.addToEach(compute.workers(), bias.value(), out);
        }
        LowRank active = adapter == null ? null : compute.choice().of(adapter);
        if (active != null) {
            active.forward(compute, this, x, out);
        }
        compute.adapters().forward(compute, this, x, out);
    }

    /** out = x · Wᵀ, or out += x · Wᵀ: the base weight alone. */
    void product(Compute compute, Matrix x, Matrix out, boolean accumulate) {
        weight.multiply(compute.gemm(), transposed ? Form.A_B : Form.A_BT, x, out, accumulate);
    }

    /** dX = dOut · W, or dX += dOut · W, and what the adapter adds. */
    void backwardInput(Compute compute, Matrix dOut, Matrix dX, boolean accumulate) {
        productBackward(compute, dOut, dX, accumulate);
        finishBackward(compute, dOut, dX);
    }

    /** Adds what the adapter adds to {@link #productBackward}. */
    void finishBackward(Compute compute, Matrix dOut, Matrix dX) {
        if (adapter != null) {
            adapter.backwardInput(compute, this, dOut, dX);
        }
    }

    /** dX = dOut · W, or dX += dOut · W: the base weight alone. */
    void productBackward(Compute compute, Matrix dOut, Matrix dX, boolean accumulate) {
        weight.multiply(compute.gemm(), transposed ? Form.A_BT : Form.A_B, dOut, dX, accumulate);
    }

    /** Adds dOutᵀ · x to the gradient of W and the sum of dOut's rows to that of b, or the adapter's gradients to its own. */
    void backwardWeight(Compute compute, Matrix x, Matrix dOut) {
        Weight.GradientTarget target = weight.gradientTarget();
        if (target != null) {
            Matrix left = transposed ? x : dOut;
            Matrix right = transposed ? dOut : x;
            compute.gemm().multiply(Form.AT_B, left, right, target.matrix(), target.accumulate());
        }
        finishBackwardWeight(compute, x, dOut);
    }

    /** Adds to the gradients of the bias and of the adapter. */
    void finishBackwardWeight(Compute compute, Matrix x, Matrix dOut) {
        Matrix dBias = bias == null ? null : bias.gradient();
        if (dBias != null) {
            Rows.addUp(compute.workers(), dOut, dBias);
        }
        if (adapter != null) {
            adapter.backwardWeight(compute, this, x, dOut);
        }
    }
}
