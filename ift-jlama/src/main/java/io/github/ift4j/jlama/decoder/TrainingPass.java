package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * The layers of a decoder over the rows of a batch, forward with all activations kept and backward. The memory is that of the
 * largest batch so far.
 */
final class TrainingPass implements AutoCloseable {
    private final DecoderConfig config;
    private final DecoderWeights weights;
    private final Compute compute;
    private final RotaryTable rotary;
    private final CausalAttention attention;

    private Arena arena = Arena.ofShared();
    private int capacity;
    private LayerActivations[] activations;
    private Matrix output;
    private LayerGradients gradients;

    TrainingPass(DecoderConfig config, DecoderWeights weights, Compute compute, RotaryTable rotary) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        this.rotary = rotary;
        attention = Decoder.attention(config, compute);
    }

    /** Makes room for a batch; must be called before each of its passes. */
    void prepare(BatchLayout layout) {
        rotary.ensure(layout.longest());
        if (activations != null && layout.totalRows() <= capacity) {
            return;
        }
        arena.close();
        arena = Arena.ofShared();
        capacity = layout.totalRows();
        Matrix gated = Matrix.allocate(arena, capacity, config.intermediateSize());
        activations = new LayerActivations[config.layers()];
        for (int i = 0; i < activations.length; i++) {
            activations[i] = LayerActivations.allocate(arena, config, capacity, gated);
        }
        output = Matrix.allocate(arena, capacity, config.hiddenSize());
        gradients = LayerGradients.allocate(arena, config, capacity, gated);
    }

    /** Where the embeddings of the batch's rows go, [rows, hidden]. */
    Matrix embeddings(BatchLayout layout) {
        return activations[0].input().rowRange(0, layout.totalRows());
    }

    /** The residual stream after the last layer, [rows, hidden]. */
    Matrix output(BatchLayout layout) {
        return output.rowRange(0, layout.totalRows());
    }

    /** The gradient of {@link #output}, to be filled before and turned into that of {@link #embeddings} by {@link #backward}. */
    Matrix gradient(BatchLayout layout) {
        return gradients.hidden().rowRange(0, layout.totalRows());
    }

    /** Runs all rows. */
    void forward(BatchLayout layout) {
        forward(layout, 0, new int[layout.rows().length]);
    }

    /** Runs the second block of rows again; the first block's activations stand. */
    void forwardMixed(BatchLayout layout) {
        forward(layout, layout.sharedRows(), layout.firstMixed());
    }

    private void forward(BatchLayout layout, int firstRow, int[] firstQuery) {
        int end = layout.totalRows();
        if (firstRow == end) {
            return;
        }
        int[] positions = Arrays.copyOfRange(layout.positions(), firstRow, end);
        for (int i = 0; i < activations.length; i++) {
            LayerActivations all = activations[i].rowRange(0, end);
            Matrix next = i + 1 < activations.length ? activations[i + 1].input() : output;
            Runnable attend = () -> attention.forward(
                    layout.rows(),
                    firstQuery,
                    Integer.MAX_VALUE,
                    all.query(),
                    all.key(),
                    all.value(),
                    all.attended(),
                    all.logSumExp());
            weights.layers()
                    .get(i)
                    .forward(
                            compute,
                            all.rowRange(firstRow, end),
                            positions,
                            rotary,
                            attend,
                            next.rowRange(firstRow, end));
        }
    }

    /** Takes {@link #gradient} back through all layers and adds to the gradients of their weights. */
    void backward(BatchLayout layout) {
        LayerGradients g = gradients.rowRange(0, layout.totalRows());
        for (int i = activations.length - 1; i >= 0; i--) {
            LayerActivations a = activations[i].rowRange(0, layout.totalRows());
            weights.layers().get(i).backward(compute, a, layout.positions(), layout.rows(), rotary, attention, g);
        }
    }

    @Override
    public void close() {
        attention.close();
        arena.close();
    }
}
