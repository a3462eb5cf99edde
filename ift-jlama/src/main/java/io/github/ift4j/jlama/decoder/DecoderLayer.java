package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.RmsNorm;
import io.github.ift4j.jlama.kernel.Rope;
import io.github.ift4j.jlama.kernel.SwiGlu;

/** One layer of a Llama decoder: attention and a gated MLP, each behind an RMS norm and added to the residual stream. */
record DecoderLayer(
        float normEpsilon,
        Weight attentionNorm,
        Linear query,
        Linear key,
        Linear value,
        Linear output,
        Weight mlpNorm,
        Linear gate,
        Linear up,
        Linear down) {

    /**
     * @param a where to read the input from and keep what the backward pass needs; all matrices have one row a token
     * @param positions position of each row in its sequence
     * @param attend computes {@code a.attended()} from the queries, keys and values
     * @param out receives the layer's output, [rows, hidden]; may be the input
     */
    void forward(
            Compute compute, LayerActivations a, int[] positions, RotaryTable rotary, Runnable attend, Matrix out) {
        RmsNorm.forward(compute.workers(), a.input(), attentionNorm.value(), 0, normEpsilon, a.normed(), a.inverse());
        query.forward(compute, a.normed(), a.query(), false);
        key.forward(compute, a.normed(), a.key(), false);
        value.forward(compute, a.normed(), a.value(), false);
        Rope.forward(compute.workers(), a.query(), 2 * rotary.cos().cols(), positions, rotary.cos(), rotary.sin());
        Rope.forward(compute.workers(), a.key(), 2 * rotary.cos().cols(), positions, rotary.cos(), rotary.sin());
        attend.run();
        a.middle().copyFrom(a.input());
        output.forward(compute, a.attended(), a.middle(), true);
        RmsNorm.forward(
                compute.workers(), a.middle(), mlpNorm.value(), 0, normEpsilon, a.middleNormed(), a.middleInverse());
        gate.forward(compute, a.middleNormed(), a.gate(), false);
        up.forward(compute, a.middleNormed(), a.up(), false);
        SwiGlu.forward(compute.workers(), a.gate(), a.up(), a.gated());
        out.copyFrom(a.middle());
        down.forward(compute, a.gated(), out, true);
    }

    /**
     * Overwrites parts of the activations.
     *
     * @param a what the forward pass kept
     * @param rows for each sequence the row of each of its positions
     * @param g in {@code g.hidden()} the gradient of the layer's output, which becomes the gradient of its input
     */
    void backward(
            Compute compute,
            LayerActivations a,
            int[] positions,
            int[][] rows,
            RotaryTable rotary,
            CausalAttention attention,
            LayerGradients g) {
        Matrix dHidden = g.hidden();
        down.backwardInput(compute, dHidden, g.gated(), false);
        SwiGlu.backward(compute.workers(), a.gate(), a.up(), g.gated());
        down.backwardWeight(compute, g.gated(), dHidden);
        gate.backwardWeight(compute, a.middleNormed(), a.gate());
        up.backwardWeight(compute, a.middleNormed(), a.up());
        gate.backwardInput(compute, a.gate(), g.normed(), false);
        up.backwardInput(compute, a.up(), g.normed(), true);
        RmsNorm.backward(
                compute.workers(),
                a.middle(),
                mlpNorm.value(),
                0,
                a.middleInverse(),
                g.normed(),
                dHidden,
                mlpNorm.gradient());

        output.backwardWeight(compute, a.attended(), dHidden);
        output.backwardInput(compute, dHidden, g.attended(), false);
        attention.backward(
                rows,
                Integer.MAX_VALUE,
                a.query(),
                a.key(),
                a.value(),
                a.logSumExp(),
                g.attended(),
                g.query(),
                g.key(),
                g.value());
        Rope.backward(compute.workers(), g.query(), 2 * rotary.cos().cols(), positions, rotary.cos(), rotary.sin());
        Rope.backward(compute.workers(), g.key(), 2 * rotary.cos().cols(), positions, rotary.cos(), rotary.sin());
        query.backwardWeight(compute, a.normed(), g.query());
        key.backwardWeight(compute, a.normed(), g.key());
        value.backwardWeight(compute, a.normed(), g.value());
        query.backwardInput(compute, g.query(), g.normed(), false);
        key.backwardInput(compute, g.key(), g.normed(), true);
        value.backwardInput(compute, g.value(), g.normed(), true);
        RmsNorm.backward(
                compute.workers(),
                a.input(),
                attentionNorm.value(),
                0,
                a.inverse(),
                g.normed(),
                dHidden,
                attentionNorm.gradient());
    }
}
