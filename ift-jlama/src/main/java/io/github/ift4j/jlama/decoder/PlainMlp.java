package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Gelu;
import io.github.ift4j.jlama.kernel.Matrix;

/** down(gelu(up(x))). */
record PlainMlp(Linear up, Linear down) implements Mlp {
    @Override
    public void forward(Compute compute, Matrix x, MlpActivations a, Matrix out, boolean accumulate) {
        up.forward(compute, x, a.projected(), false);
        Gelu.forward(compute.workers(), a.projected(), a.activated());
        down.forward(compute, a.activated(), out, accumulate);
    }

    @Override
    public void backward(Compute compute, Matrix x, MlpActivations a, Matrix dOut, Matrix dX) {
        down.backwardInput(compute, dOut, a.activated(), false);
        Gelu.backward(compute.workers(), a.projected(), a.activated());
        down.backwardWeight(compute, a.activated(), dOut);
        up.backwardWeight(compute, x, a.projected());
        up.backwardInput(compute, a.projected(), dX, false);
    }
}
