package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;

/** The feed-forward part of a layer. */
sealed interface Mlp permits GatedMlp, PlainMlp, MixtureOfExperts {
    /**
     * @param x input, [rows, hidden]
     * @param out receives the output, [rows, hidden]
     * @param accumulate whether to add to what it holds
     */
    void forward(Compute compute, Matrix x, MlpActivations a, Matrix out, boolean accumulate);

    /**
     * Overwrites the activations.
     *
     * @param x the input of the forward pass, [rows, hidden]
     * @param dOut gradient of the output, [rows, hidden]
     * @param dX receives the gradient of the input, [rows, hidden]
     */
    void backward(Compute compute, Matrix x, MlpActivations a, Matrix dOut, Matrix dX);
}
