package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.CausalAttention;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.runtime.HugePageArena;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * The layers of a decoder over the rows of a batch, forward and backward. The memory is that of the largest batch so far.
 *
 * <p>Either every layer keeps its activations, or only its input, so that the backward pass computes the others again. Rows whose input
 * is never mixed would come out of the second pass as of the first, so that all rows of a layer can be computed again at once, and
 * dropout leaves out the same: the results are the same to the bit.
 *
 * <p>Of the last layer, rows that predict no label are only computed as far as others attend to them: their keys and values.
 */
final class TrainingPass implements AutoCloseable {
    private final DecoderConfig config;
    private final DecoderWeights weights;
    private final Compute compute;
    private final boolean recompute;
    private final RotaryTables rotary;
    private final CausalAttention attention;

    private Arena arena = new HugePageArena();
    private int capacity;
    private LayerActivations[] activations;
    private Matrix output;
    private LayerGradients gradients;
    private Dropout dropout = Dropout.NONE;

    TrainingPass(DecoderConfig config, DecoderWeights weights, Compute compute, boolean recompute) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        this.recompute = recompute;
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
        arena = new HugePageArena();
        capacity = layout.totalRows();
        SharedActivations shared = SharedActivations.allocate(arena, config, capacity);
        activations = new LayerActivations[config.layers().size()];
        for (int i = 0; i < activations.length; i++) {
            activations[i] = recompute && i > 0
                    ? activations[0].withInput(Matrix.allocate(arena, capacity, config.hiddenSize()))
                    : LayerActivations.allocate(arena, config, capacity, shared);
        }
        output = Matrix.allocate(arena, capacity, config.hiddenSize());
        gradients = LayerGradients.allocate(arena, config, capacity);
    }

    /** Memory that {@link #prepare} takes for a row, in bytes. */
    static long bytesPerRow(DecoderConfig config, boolean recompute) {
        long input = (long) config.hiddenSize() * Float.BYTES;
        int layers = config.layers().size();
        long kept = recompute
                ? layers * input + LayerActivations.bytesPerRow(config) - input
                : layers * LayerActivations.bytesPerRow(config);
        return kept + LayerGradients.bytesPerRow(config);
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

    /** The residual stream after the last layer, [rows, hidden]; undefined in rows before the first that predicts a label. */
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
        // Layers that share their memory have lost the keys and values of the first block.
        int firstProjected = recompute ? 0 : firstRow;
        List<Rotation> rotations = rotations(layout, firstProjected);
        Compute projecting = computeFrom(firstProjected, end);
        int last = activations.length - 1;
        int firstRowOfLast = Math.max(firstRow, layout.firstPredicting());
        int[] firstQueryOfLast = firstRow == 0 ? layout.firstPredictors() : firstQuery;
        Compute finishing = computeFrom(firstRow, end);
        Compute finishingLast = computeFrom(firstRowOfLast, end);
        for (int i = 0; i <= last; i++) {
            LayerActivations all = activations[i].rowRange(0, end);
            DecoderLayer layer = weights.layers().get(i);
            Matrix next = i < last ? activations[i + 1].input() : output;
            int first = i < last ? firstRow : firstRowOfLast;
            layer.project(projecting, all.rowRange(firstProjected, end), rotations.get(i));
            attend(layout, i < last ? firstQuery : firstQueryOfLast, layer, all.attention());
            layer.finish(i < last ? finishing : finishingLast, all.rowRange(first, end), next.rowRange(first, end));
        }
    }

    private void attend(BatchLayout layout, int[] firstQuery, DecoderLayer layer, AttentionActivations a) {
        attention.forward(
                layout.rows(),
                firstQuery,
                layer.attention().window(),
                a.query(),
                a.key(),
                a.value(),
                a.attended(),
                a.logSumExp());
    }

    /** Takes {@link #gradient} back through all layers and adds to the gradients of their weights. */
    void backward(BatchLayout layout) {
        int end = layout.totalRows();
        LayerGradients g = gradients.rowRange(0, end);
        List<Rotation> rotations = rotations(layout, 0);
        Compute own = computeFrom(0, end);
        Compute ownOfLast = computeFrom(layout.firstPredicting(), end);
        int[] everyQuery = new int[layout.rows().length];
        for (int i = activations.length - 1; i >= 0; i--) {
            LayerActivations a = activations[i].rowRange(0, end);
            DecoderLayer layer = weights.layers().get(i);
            boolean last = i + 1 == activations.length;
            // The last layer was the last to write to memory that layers share.
            if (recompute && !last) {
                layer.project(own, a, rotations.get(i));
                attend(layout, everyQuery, layer, a.attention());
                layer.finish(own, a, g.read());
            }
            layer.backward(
                    own,
                    last ? ownOfLast : own,
                    last ? layout.firstPredicting() : 0,
                    a,
                    rotations.get(i),
                    layout.rows(),
                    last ? layout.firstPredictors() : everyQuery,
                    attention,
                    g);
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
