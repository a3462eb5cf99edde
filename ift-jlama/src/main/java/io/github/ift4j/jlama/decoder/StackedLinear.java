package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.Matrix;
import java.util.ArrayList;
import java.util.List;

/**
 * Linear layers of one input whose outputs lie side by side in one matrix: queries, keys and values, or gate and up, whether the
 * checkpoint has them as one layer or as several.
 */
record StackedLinear(List<Linear> parts) {
    StackedLinear {
        parts = List.copyOf(parts);
    }

    /** out = the outputs of all parts, [rows, sum of their widths]. */
    void forward(Compute compute, Matrix x, Matrix out) {
        List<Matrix> outs = new ArrayList<>();
        int from = 0;
        for (Linear part : parts) {
            outs.add(out.columnRange(from, from + part.outputs()));
            from += part.outputs();
        }
        Linear.forward(compute, parts, x, outs);
    }

    /** dX = the gradient of the input, or dX += it. */
    void backwardInput(Compute compute, Matrix dOut, Matrix dX, boolean accumulate) {
        int from = 0;
        for (Linear part : parts) {
            Matrix dPart = dOut.columnRange(from, from + part.outputs());
            part.backwardInput(compute, dPart, dX, accumulate || from > 0);
            from += part.outputs();
        }
    }

    /** Adds to the gradients of all parts' weights. */
    void backwardWeight(Compute compute, Matrix x, Matrix dOut) {
        int from = 0;
        for (Linear part : parts) {
            part.backwardWeight(compute, x, dOut.columnRange(from, from + part.outputs()));
            from += part.outputs();
        }
    }
}
