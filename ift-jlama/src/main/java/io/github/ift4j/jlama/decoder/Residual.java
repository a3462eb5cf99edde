package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;

/**
 * How attention or the MLP, called the branch, hangs on the residual stream: x + factor · after(branch(before(x))).
 *
 * @param before norm of what the branch reads; null where it reads the stream itself
 * @param after norm of the branch's output; null where there is none
 * @param factor on what joins the stream
 */
record Residual(Norm before, Norm after, float factor) {
    /** Whether the branch may add its output to the stream by itself. */
    boolean isDirect() {
        return after == null && factor == 1;
    }

    /** What the branch reads, given the stream. */
    Matrix read(Compute compute, Matrix x, BranchActivations a) {
        if (before == null) {
            return x;
        }
        before.forward(compute, x, a.normed(), a.statistics());
        return a.normed();
    }

    /** What {@link #read} gave in the forward pass. */
    Matrix wasRead(Matrix x, BranchActivations a) {
        return before == null ? x : a.normed();
    }

    /** Where the branch writes its output: added to the stream if direct, else overwriting a matrix of its own. */
    Matrix target(BranchActivations a, Matrix stream) {
        return isDirect() ? stream : a.output();
    }

    /** Adds what the branch wrote to the stream, unless it did so itself. */
    void join(Compute compute, BranchActivations a, Matrix stream) {
        if (isDirect()) {
            return;
        }
        Matrix joining = a.output();
        if (after != null) {
            after.forward(compute, a.output(), a.joining(), a.outputStatistics());
            joining = a.joining();
        }
        Rows.addScaled(compute.workers(), joining, factor, stream);
    }

    /** The gradient of the branch's output, given that of the stream, which stays. */
    Matrix joinBackward(Compute compute, BranchActivations a, Matrix dStream, LayerGradients g) {
        Matrix dJoining = dStream;
        if (factor != 1) {
            dJoining = g.joining();
            dJoining.copyFrom(dStream);
            Rows.scale(compute.workers(), dJoining, factor);
        }
        if (after == null) {
            return dJoining;
        }
        g.output().clear();
        after.backward(compute, a.output(), a.outputStatistics(), dJoining, g.output());
        return g.output();
    }

    /** Adds to the gradient of the stream, given that of what the branch read. */
    void readBackward(Compute compute, Matrix x, BranchActivations a, Matrix dRead, Matrix dStream) {
        if (before == null) {
            Rows.addScaled(compute.workers(), dRead, 1, dStream);
        } else {
            before.backward(compute, x, a.statistics(), dRead, dStream);
        }
    }
}
