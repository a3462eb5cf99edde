package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.Activation;
import io.github.ift4j.jlama.kernel.GeGlu;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.SwiGlu;

/** down(activation(gate(x)) · up(x)). */
record GatedMlp(Activation activation, StackedLinear gateUp, Linear down) implements Mlp {
    @Override
    public void forward(Compute compute, Matrix x, MlpActivations a, Matrix out, boolean accumulate) {
        gateUp.forward(compute, x, a.projected());
        activate(compute, a.projected(), a.activated());
        down.forward(compute, a.activated(), out, accumulate);
    }

    @Override
    public void backward(Compute compute, Matrix x, MlpActivations a, Matrix dOut, Matrix dX) {
        down.backwardInput(compute, dOut, a.activated(), false);
        activateBackward(compute, a.projected(), a.activated());
        down.backwardWeight(compute, a.activated(), dOut);
        gateUp.backwardWeight(compute, x, a.projected());
        gateUp.backwardInput(compute, a.projected(), dX, false);
    }

    /**
     * @param projected gate and up side by side, [rows, 2 x width]
     * @param out [rows, width]
     */
    void activate(Compute compute, Matrix projected, Matrix out) {
        switch (activation) {
            case SILU -> SwiGlu.forward(compute.workers(), gate(projected), up(projected), out);
            case GELU_TANH -> GeGlu.forward(compute.workers(), gate(projected), up(projected), out);
        }
    }

    /** Overwrites gate and up with their gradients, and the gradient of the output with the output. */
    void activateBackward(Compute compute, Matrix projected, Matrix dOut) {
        switch (activation) {
            case SILU -> SwiGlu.backward(compute.workers(), gate(projected), up(projected), dOut);
            case GELU_TANH -> GeGlu.backward(compute.workers(), gate(projected), up(projected), dOut);
        }
    }

    private static Matrix gate(Matrix projected) {
        return projected.columnRange(0, projected.cols() / 2);
    }

    static Matrix up(Matrix projected) {
        return projected.columnRange(projected.cols() / 2, projected.cols());
    }
}
