package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Linear layers of one input whose outputs lie side by side in one matrix: queries, keys and values, or gate and up, whether the
 * checkpoint has them as one layer or as several. Where the weights lie below each other, too, there is one product for all of them, with
 * the same results.
 *
 * @param weight the weights of all parts, [outputs, inputs]; empty where they do not lie so
 * @param gradient theirs; empty where they do not learn, too
 */
record StackedLinear(List<Linear> parts, Optional<Matrix> weight, Optional<Matrix> gradient) {
    StackedLinear {
        parts = List.copyOf(parts);
    }

    /** out = the outputs of all parts, [rows, sum of their widths]. */
    void forward(Compute compute, Matrix x, Matrix out) {
        List<Matrix> outs = columns(out);
        if (weight.isEmpty()) {
            Linear.forward(compute, parts, x, outs);
            return;
        }
        compute.gemm().multiplyWeight(Form.A_BT, x, weight.get(), out, false);
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).finish(compute, x, outs.get(i));
        }
    }

    /** dX = the gradient of the input, or dX += it. */
    void backwardInput(Compute compute, Matrix dOut, Matrix dX, boolean accumulate) {
        List<Matrix> dOuts = columns(dOut);
        if (weight.isPresent()) {
            compute.gemm().multiplyWeight(Form.A_B, dOut, weight.get(), dX, accumulate);
        }
        for (int i = 0; i < parts.size(); i++) {
            if (weight.isEmpty()) {
                parts.get(i).productBackward(compute, dOuts.get(i), dX, accumulate || i > 0);
            }
            parts.get(i).finishBackward(compute, dOuts.get(i), dX);
        }
    }

    /** Adds to the gradients of all parts' weights. */
    void backwardWeight(Compute compute, Matrix x, Matrix dOut) {
        List<Matrix> dOuts = columns(dOut);
        if (gradient.isEmpty()) {
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).backwardWeight(compute, x, dOuts.get(i));
            }
            return;
        }
        compute.gemm().multiply(Form.AT_B, dOut, x, gradient.get(), beginGradients());
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).finishBackwardWeight(compute, x, dOuts.get(i));
        }
    }

    /** Whether gradients have to be added to; if so of one part, those of the others begin as zeros. */
    private boolean beginGradients() {
        List<Weight.GradientTarget> targets =
                parts.stream().map(part -> part.weight().gradientTarget()).toList();
        boolean accumulate = targets.stream().anyMatch(Weight.GradientTarget::accumulate);
        for (Weight.GradientTarget target : targets) {
            if (accumulate && !target.accumulate()) {
                target.matrix().clear();
            }
        }
        return accumulate;
    }

    private List<Matrix> columns(Matrix matrix) {
        List<Matrix> columns = new ArrayList<>();
        int from = 0;
        for (Linear part : parts) {
            columns.add(matrix.columnRange(from, from + part.outputs()));
            from += part.outputs();
        }
        return columns;
    }
}
