package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Matrix;

/** One layer of a decoder: attention and an MLP, each a branch of the residual stream. */
record DecoderLayer(Residual attentionResidual, SelfAttention attention, Residual mlpResidual, Mlp mlp) {

    /**
     * The first half of the forward pass: queries, keys and values.
     *
     * @param a where to read the input from and keep what the backward pass needs; all matrices have one row a token
     * @param rotation of each row; null where nothing is rotated
     */
    void project(Compute compute, LayerActivations a, Rotation rotation) {
        Matrix read = attentionResidual.read(compute, a.input(), a.attentionBranch());
        attention.project(compute, read, a.attention(), rotation);
    }

    /**
     * The second half of the forward pass, all that follows once {@code a.attention().attended()} is computed from queries, keys and
     * values.
     *
     * @param a as for {@link #project}
     * @param out receives the layer's output, [rows, hidden]; may be the input
     */
    void finish(Compute compute, LayerActivations a, Matrix out) {
        a.middle().copyFrom(a.input());
        Matrix target = attentionResidual.target(a.attentionBranch(), a.middle());
        attention.projectOutput(compute, a.attention(), target, attentionResidual.isDirect());
        attentionResidual.join(compute, a.attentionBranch(), a.middle());

        Matrix read = mlpResidual.read(compute, a.middle(), a.mlpBranch());
        out.copyFrom(a.middle());
        mlp.forward(compute, read, a.mlp(), mlpResidual.target(a.mlpBranch(), out), mlpResidual.isDirect());
        mlpResidual.join(compute, a.mlpBranch(), out);
    }

    /**
     * Overwrites parts of the activations.
     *
     * @param finishing computes what {@link #finish} did
     * @param first the first row that {@link #finish} was run for; the output of all before has no gradient
     * @param a what the forward pass kept
     * @param rows for each sequence the row of each of its positions
     * @param firstQuery for each sequence the first position that attended
     * @param g in {@code g.hidden()} the gradient of the layer's output, which becomes the gradient of its input
     */
    void backward(
            Compute compute,
            Compute finishing,
            int first,
            LayerActivations a,
            Rotation rotation,
            int[][] rows,
            int[] firstQuery,
            CausalAttention kernel,
            LayerGradients g) {
        int end = g.hidden().rows();
        LayerActivations finished = a.rowRange(first, end);
        LayerGradients dFinished = g.rowRange(first, end);
        Matrix dBranch = mlpResidual.joinBackward(finishing, finished.mlpBranch(), dFinished.hidden(), dFinished);
        Matrix read = mlpResidual.wasRead(finished.middle(), finished.mlpBranch());
        mlp.backward(finishing, read, finished.mlp(), dBranch, dFinished.read());
        mlpResidual.readBackward(
                finishing, finished.middle(), finished.mlpBranch(), dFinished.read(), dFinished.hidden());

        dBranch = attentionResidual.joinBackward(finishing, finished.attentionBranch(), dFinished.hidden(), dFinished);
        attention.backwardOutput(finishing, finished.attention(), dBranch, dFinished);
        read = attentionResidual.wasRead(a.input(), a.attentionBranch());
        attention.backward(compute, read, a.attention(), rotation, kernel, rows, firstQuery, g);
        attentionResidual.readBackward(compute, a.input(), a.attentionBranch(), g.read(), g.hidden());
    }
}
