package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import io.github.ift4j.jlama.kernel.KlDivergence;
import io.github.ift4j.jlama.kernel.LogSoftmax;
import io.github.ift4j.jlama.kernel.Matrix;
import io.github.ift4j.jlama.kernel.Rows;
import io.github.ift4j.jlama.kernel.SoftCap;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The final norm and the output head over chosen rows of the residual stream: greedy predictions, label log-probabilities and
 * their gradient.
 *
 * <p>No more than a fixed number of logits is ever in memory. Rows whose logits fit are computed once and their gradient is formed
 * in place; more rows than that take the vocabulary in chunks and compute each chunk's logits again for the backward pass.
 */
final class OutputHead implements AutoCloseable {
    private static final int CHUNK_MULTIPLE = 64;

    private final DecoderConfig config;
    private final DecoderWeights weights;
    private final Compute compute;
    private final long maxLogits;
    private final Buffer hidden = new Buffer();
    private final Buffer normed = new Buffer();
    private final Buffer statistics = new Buffer();
    private final Buffer logits = new Buffer();
    private final Buffer dNormed = new Buffer();
    private final Buffer dHidden = new Buffer();

    /** @param maxLogits most logits in memory at a time */
    OutputHead(DecoderConfig config, DecoderWeights weights, Compute compute, long maxLogits) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        this.maxLogits = maxLogits;
    }

    /** Number of rows whose logits fit into memory at once; at least 1. */
    int rowsAtOnce() {
        return (int) Math.max(1, maxLogits / config.vocabularySize());
    }

    /** The most probable next token of each of the given rows of the residual stream. */
    int[] greedy(Matrix stream, int[] rows) {
        int[] greedy = new int[rows.length];
        int step = rowsAtOnce();
        for (int from = 0; from < rows.length; from += step) {
            int count = Math.min(step, rows.length - from);
            int[] part = new int[count];
            System.arraycopy(rows, from, part, 0, count);
            Matrix scores = logits(stream, part);
            LogSoftmax.greedy(compute.workers(), scores, greedy, from);
        }
        return greedy;
    }

    /** The logits of the given rows of the residual stream, [rows.length, vocabulary]; void after the next call. */
    Matrix logits(Matrix stream, int[] rows) {
        return chunkLogits(normalise(stream, rows), weights.headWeight().value(), 0, config.vocabularySize());
    }

    /**
     * Scores rows against labels and, where a gradient is asked for, takes it back to the residual stream.
     *
     * @param stream residual stream after the last layer, [all rows, hidden]
     * @param rows rows that predict the labels, each at most once
     * @param labels their labels
     * @param scale from the finished scores to d loss / d logp of each row
     * @param dStream receives the gradient of the given rows of the stream, [all rows, hidden]; untouched when the scale is empty
     */
    void score(Matrix stream, int[] rows, int[] labels, Scale scale, Matrix dStream) {
        LogSoftmax softmax = new LogSoftmax(labels);
        score(
                stream,
                rows,
                (logits, first) -> softmax.add(compute.workers(), logits, first),
                () -> scale.of(softmax)
                        .map(dLogps -> (logits, first) ->
                                softmax.backward(compute.workers(), logits, first, dLogps, config.logitSoftCap())),
                dStream);
    }

    /**
     * Scores rows against labels and against another model's distributions and, where a gradient is asked for, takes it back to the
     * residual stream.
     *
     * @param stream as for {@link #score(Matrix, int[], int[], Scale, Matrix)}
     * @param rows of both models' streams
     * @param labels their labels
     * @param reference the head of the other model, over the same vocabulary
     * @param referenceStream its residual stream after the last layer, [all rows, its hidden]
     * @param scale from the finished scores to d loss / d logp and d loss / d divergence of each row
     * @param dStream as there; the other model gets no gradient
     */
    void score(
            Matrix stream,
            int[] rows,
            int[] labels,
            OutputHead reference,
            Matrix referenceStream,
            KlScale scale,
            Matrix dStream) {
        Matrix referenceInput = reference.normalise(referenceStream, rows);
        Matrix referenceHead = reference.weights.headWeight().value();
        KlDivergence divergence = new KlDivergence(labels);
        boolean whole = chunkSize(rows.length) >= config.vocabularySize();
        score(
                stream,
                rows,
                (logits, first) -> divergence.add(
                        compute.workers(),
                        logits,
                        reference.chunkLogits(referenceInput, referenceHead, first, first + logits.cols()),
                        first),
                () -> scale.of(divergence)
                        .map(slopes -> (logits, first) -> divergence.backward(
                                compute.workers(),
                                logits,
                                whole
                                        ? reference.logits.matrix(rows.length, logits.cols())
                                        : reference.chunkLogits(
                                                referenceInput, referenceHead, first, first + logits.cols()),
                                first,
                                slopes.logps(),
                                slopes.kls(),
                                config.logitSoftCap())),
                dStream);
    }

    /**
     * Shows all logits of the given rows and, where a gradient is asked for, takes it back to the residual stream.
     *
     * @param forward gets each chunk of the logits
     * @param differentiate says, when all are shown, what turns a chunk of logits into its gradient; empty when none is wanted
     */
    private void score(
            Matrix stream, int[] rows, Chunk forward, Supplier<Optional<Chunk>> differentiate, Matrix dStream) {
        int vocabulary = config.vocabularySize();
        Matrix input = normalise(stream, rows);
        Matrix head = weights.headWeight().value();
        int chunk = chunkSize(rows.length);
        for (int first = 0; first < vocabulary; first += chunk) {
            int end = Math.min(vocabulary, first + chunk);
            forward.take(chunkLogits(input, head, first, end), first);
        }
        Chunk backward = differentiate.get().orElse(null);
        if (backward == null || rows.length == 0) {
            return;
        }
        Matrix dInput = dNormed.matrix(rows.length, config.hiddenSize());
        Weight.GradientTarget target = weights.headWeight().gradientTarget();
        for (int first = 0; first < vocabulary; first += chunk) {
            int end = Math.min(vocabulary, first + chunk);
            Matrix dLogits =
                    chunk >= vocabulary ? logits.matrix(rows.length, vocabulary) : chunkLogits(input, head, first, end);
            backward.take(dLogits, first);
            compute.gemm().multiplyWeight(Form.A_B, dLogits, head.rowRange(first, end), dInput, first > 0);
            if (target != null) {
                Matrix dHead = target.matrix().rowRange(first, end);
                compute.gemm().multiply(Form.AT_B, dLogits, input, dHead, target.accumulate());
            }
        }
        backwardNorm(rows, dInput, dStream);
    }

    private int chunkSize(int rows) {
        if (rows <= rowsAtOnce()) {
            return config.vocabularySize();
        }
        long columns = maxLogits / rows / CHUNK_MULTIPLE * CHUNK_MULTIPLE;
        return Math.clamp(columns, CHUNK_MULTIPLE, config.vocabularySize());
    }

    private Matrix normalise(Matrix stream, int[] rows) {
        Matrix gathered = hidden.matrix(rows.length, config.hiddenSize());
        Rows.gather(compute.workers(), stream, rows, gathered);
        Matrix out = normed.matrix(rows.length, config.hiddenSize());
        weights.norm().forward(compute, gathered, out, statistics(rows.length));
        if (config.logitScale() != 1) {
            Rows.scale(compute.workers(), out, config.logitScale());
        }
        return out;
    }

    private void backwardNorm(int[] rows, Matrix dInput, Matrix dStream) {
        Matrix dGathered = dHidden.matrix(rows.length, config.hiddenSize());
        dGathered.clear();
        if (config.logitScale() != 1) {
            Rows.scale(compute.workers(), dInput, config.logitScale());
        }
        Matrix gathered = hidden.matrix(rows.length, config.hiddenSize());
        weights.norm().backward(compute, gathered, statistics(rows.length), dInput, dGathered);
        for (int i = 0; i < rows.length; i++) {
            dStream.copyRow(rows[i], dGathered, i);
        }
    }

    private Matrix chunkLogits(Matrix input, Matrix head, int first, int end) {
        Matrix part = logits.matrix(input.rows(), end - first);
        compute.gemm().multiplyWeight(Form.A_BT, input, head.rowRange(first, end), part, false);
        if (config.logitSoftCap() > 0) {
            SoftCap.forward(compute.workers(), part, config.logitSoftCap());
        }
        return part;
    }

    private Matrix statistics(int rows) {
        return statistics.matrix(rows, Norm.statistics(config.norm().kind()));
    }

    @Override
    public void close() {
        for (Buffer buffer : new Buffer[] {hidden, normed, statistics, logits, dNormed, dHidden}) {
            buffer.close();
        }
    }

    /** Turns finished scores into d loss / d logp of each row; empty when no gradient is wanted. */
    @FunctionalInterface
    interface Scale {
        Optional<double[]> of(LogSoftmax scores);
    }

    /** Turns finished scores of two models into slopes; empty when no gradient is wanted. */
    @FunctionalInterface
    interface KlScale {
        Optional<Slopes> of(KlDivergence scores);
    }

    /**
     * Derivatives of a loss by what was found for each row.
     *
     * @param logps d loss / d logp, [rows]
     * @param kls d loss / d divergence, [rows]
     */
    record Slopes(double[] logps, double[] kls) {}

    /** Works on a chunk of logits, of which {@code first} is the vocabulary id of the first column. */
    @FunctionalInterface
    private interface Chunk {
        void take(Matrix logits, int first);
    }
}
