package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * The layers of a decoder over the rows of a batch, forward with all activations kept and backward. The memory is that of the
 * largest batch so far.
 */
final class TrainingPass implements AutoCloseable {
    private final DecoderConfig config;
    private final DecoderWeights weights;
    private final Compute compute;
    private final RotaryTables rotary;
    private final CausalAttention attention;

    private Arena arena = Arena.ofShared();
    private int capacity;
    private LayerActivations[] activations;
    private Matrix output;
    private LayerGradients gradients;
    private Dropout dropout = Dropout.NONE;

    TrainingPass(DecoderConfig config, DecoderWeights weights, Compute compute) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        rotary = new RotaryTables(config);
        attention = Decoder.attention(config, compute);
    }

    /**
     * Makes room for a batch; must be called before each of its passes.
     *
     * @param noise seed of what dropout leaves out; empty where nothing is to be left out
     */
    void prepare(BatchLayout layout, OptionalLong noise) {
        rotary.prepare(layout.sequences().stream().mapToInt(s -> s.length()).toArray());
        dropout = noise.isPresent() ? new Dropout(noise.getAsLong(), identity(layout.totalRows())) : Dropout.NONE;
        weights.refresh(compute);
        if (activations != null && layout.totalRows() <= capacity) {
            return;
        }
        arena.close();
        arena = Arena.ofShared();
        capacity = layout.totalRows();
        SharedActivations shared = SharedActivations.allocate(arena, config, capacity);
        activations = new LayerActivations[config.layers().size()];
        for (int i = 0; i < activations.length; i++) {
            activations[i] = LayerActivations.allocate(arena, config, capacity, shared);
        }
        output = Matrix.allocate(arena, capacity, config.hiddenSize());
        gradients = LayerGradients.allocate(arena, config, capacity);
    }

    private static int[] identity(int rows) {
        int[] identity = new int[rows];
        Arrays.setAll(identity, i -> i);
        return identity;
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
        List<Rotation> rotations = rotations(layout, firstRow);
        Compute own = computeFrom(firstRow, end);
        for (int i = 0; i < activations.length; i++) {
            LayerActivations all = activations[i].rowRange(0, end);
            DecoderLayer layer = weights.layers().get(i);
            AttentionActivations a = all.attention();
            Matrix next = i + 1 < activations.length ? activations[i + 1].input() : output;
            Runnable attend = () -> attention.forward(
                    layout.rows(),
                    firstQuery,
                    layer.attention().window(),
                    a.query(),
                    a.key(),
                    a.value(),
                    a.attended(),
                    a.logSumExp());
            layer.forward(own, all.rowRange(firstRow, end), rotations.get(i), attend, next.rowRange(firstRow, end));
        }
    }

    /** Takes {@link #gradient} back through all layers and adds to the gradients of their weights. */
    void backward(BatchLayout layout) {
        int end = layout.totalRows();
        LayerGradients g = gradients.rowRange(0, end);
        List<Rotation> rotations = rotations(layout, 0);
        Compute own = computeFrom(0, end);
        for (int i = activations.length - 1; i >= 0; i--) {
            LayerActivations a = activations[i].rowRange(0, end);
            weights.layers().get(i).backward(own, a, rotations.get(i), layout.rows(), attention, g);
        }
    }

    private Compute computeFrom(int firstRow, int end) {
        return dropout.active()
                ? compute.with(new Dropout(dropout.seed(), Arrays.copyOfRange(dropout.rows(), firstRow, end)))
                : compute;
    }

    private List<Rotation> rotations(BatchLayout layout, int firstRow) {
        int[] positions = Arrays.copyOfRange(layout.positions(), firstRow, layout.totalRows());
        int[] lengths = Arrays.copyOfRange(layout.lengths(), firstRow, layout.totalRows());
        return rotary.rotations(positions, lengths);
    }

    @Override
    public void close() {
        attention.close();
        rotary.close();
        arena.close();
    }
}
