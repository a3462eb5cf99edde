package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.memory.NativeMemory;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Causal grouped-query attention: softmax(q · kᵀ · scale) · v over the positions up to the query's own, or over a window of the last
 * of them. With a soft cap c, as Gemma 2 has one, a score s becomes c · tanh(s · scale / c) before the softmax.
 *
 * <p>Queries are handled in blocks of {@value #QUERY_BLOCK} against the keys that any of them sees, so no matrix of length x length
 * is ever held; the backward pass computes the probabilities again from each row's log-sum-exp. A task is one sequence and one
 * key-value head, so that gradients of keys and values are summed by one thread in a fixed order.
 *
 * <p>A query's result depends on its own sequence only, and not on the block it is in: keys that it does not see contribute exact
 * zeros, and a block's keys start at a multiple of {@value #KEY_ALIGNMENT}, so that a key's place in a vector is always the same.
 */
public final class CausalAttention implements AutoCloseable {
    private static final int QUERY_BLOCK = 64;
    /** A multiple of the widest panel's columns. */
    private static final int KEY_ALIGNMENT = 32;

    private final Gemm gemm;
    private final Workers workers;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private final float scale;
    private final float softCap;
    private final Scratch[] scratch;

    /**
     * @param heads query heads, a multiple of kvHeads
     * @param kvHeads key-value heads
     * @param headDim width of a head
     * @param scale factor on the scores, usually 1 / sqrt(headDim)
     * @param softCap cap of the scaled scores; 0 for none
     */
    public CausalAttention(
            Gemm gemm, Workers workers, int heads, int kvHeads, int headDim, float scale, float softCap) {
        Preconditions.checkArgument(
                heads % kvHeads == 0, "%s query heads cannot share %s key-value heads", heads, kvHeads);
        this.gemm = gemm;
        this.workers = workers;
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.scale = scale;
        this.softCap = softCap;
        scratch = new Scratch[workers.size()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = new Scratch();
        }
    }

    /**
     * Attention within each of several sequences.
     *
     * @param rows for each sequence the matrix row of each of its positions
     * @param firstQuery for each sequence the first position whose output is wanted
     * @param window most positions that a query sees, its own included, at least 1; {@link Integer#MAX_VALUE} for all
     * @param q queries, [rows, heads x headDim]
     * @param k keys, [rows, kvHeads x headDim]
     * @param v values, [rows, kvHeads x headDim]
     * @param out output, [rows, heads x headDim]
     * @param logSumExp receives the logarithm of each softmax's denominator, [rows, heads]
     * @throws IllegalArgumentException when the window is empty
     */
    public void forward(
            int[][] rows, int[] firstQuery, int window, Matrix q, Matrix k, Matrix v, Matrix out, Matrix logSumExp) {
        checkWindow(window);
        workers.forEach(rows.length * kvHeads, (task, worker) -> {
            int[] row = rows[task / kvHeads];
            int firstRow = firstQuery[task / kvHeads];
            if (firstRow >= row.length) {
                return;
            }
            int kvHead = task % kvHeads;
            Scratch own = scratch[worker].ensure(row.length);
            int firstKey = firstKeyOfBlock(firstRow, window);
            Matrix keys = gather(k, row, firstKey, row.length, kvHead, own.keys);
            Matrix values = gather(v, row, firstKey, row.length, kvHead, own.values);
            for (int head = firstHead(kvHead); head < firstHead(kvHead + 1); head++) {
                for (int from = firstRow; from < row.length; from += QUERY_BLOCK) {
                    int to = Math.min(row.length, from + QUERY_BLOCK);
                    int start = firstKeyOfBlock(from, window);
                    Matrix queries = gather(q, row, from, to, head, own.queries);
                    Matrix scores = padded(own.scores, to - from, to - start);
                    Matrix result = own.outputs.rowRange(0, to - from);
                    Matrix seenKeys = keys.rowRange(start - firstKey, to - firstKey);
                    gemm.multiply(worker, Form.A_BT, queries, seenKeys, scores, false);
                    for (int i = 0; i < to - from; i++) {
                        int first = firstKey(from + i, window) - start;
                        float denominator = softmax(scores, i, first, from + i + 1 - start, own.lanes);
                        logSumExp.set(row[from + i], head, denominator);
                    }
                    Matrix seenValues = values.rowRange(start - firstKey, to - firstKey);
                    gemm.multiply(worker, Form.A_B, scores, seenValues, result, false);
                    scatter(result, row, from, to, head, out);
                }
            }
        });
    }

    /**
     * Attention of the newest rows of one sequence to all of it. Their keys and values are put into the cache.
     *
     * @param q queries of the new rows, [new, heads x headDim]
     * @param k their keys, [new, kvHeads x headDim]
     * @param v their values, [new, kvHeads x headDim]
     * @param cache has the keys and values of the rows before and room for the new ones
     * @param past number of rows before
     * @param window most positions that a query sees, its own included, at least 1; {@link Integer#MAX_VALUE} for all
     * @param out [new, heads x headDim]
     * @throws IllegalArgumentException when the window is empty
     */
    public void forward(Matrix q, Matrix k, Matrix v, KeyValuePanels cache, int past, int window, Matrix out) {
        checkWindow(window);
        if (q.rows() == 1 && heads / kvHeads <= QUERY_BLOCK) {
            forwardOne(q, k, v, cache, past, window, out);
            return;
        }
        workers.forEach(kvHeads, (kvHead, worker) -> put(kvHead, worker, k, v, cache, past));
        int blocks = Math.ceilDiv(q.rows(), QUERY_BLOCK);
        workers.forEach(blocks * heads, (task, worker) -> {
            // The last blocks have the most keys; they come first so that no thread is left with one at the end.
            int from = (blocks - 1 - task / heads) * QUERY_BLOCK;
            int to = Math.min(q.rows(), from + QUERY_BLOCK);
            int head = task % heads;
            int kvHead = head / (heads / kvHeads);
            int position = past + from;
            Scratch own = scratch[worker].ensure(past + to);
            int start = firstKeyOfBlock(position, window);
            Matrix scores = padded(own.scores, to - from, past + to - start);
            cache.score(own.tiles, kvHead, columns(q, head).rowRange(from, to), start, scores);
            for (int i = 0; i < to - from; i++) {
                softmax(scores, i, firstKey(position + i, window) - start, position + i + 1 - start, own.lanes);
            }
            cache.mix(own.tiles, kvHead, scores, start, columns(out, head).rowRange(from, to));
        });
    }

    /**
     * One new row. The heads that share keys and values are the rows of one product with them, so that these are read once; a row's
     * result does not depend on the others, so it has the bits of a product of its own.
     */
    private void forwardOne(Matrix q, Matrix k, Matrix v, KeyValuePanels cache, int position, int window, Matrix out) {
        int group = heads / kvHeads;
        int start = firstKeyOfBlock(position, window);
        int first = firstKey(position, window) - start;
        int end = position + 1 - start;
        workers.forEach(kvHeads, (kvHead, worker) -> {
            put(kvHead, worker, k, v, cache, position);
            Scratch own = scratch[worker].ensure(position + 1);
            Matrix scores = padded(own.scores, group, end);
            cache.score(own.tiles, kvHead, headRows(q, kvHead, group), start, scores);
            for (int i = 0; i < group; i++) {
                softmax(scores, i, first, end, own.lanes);
            }
            cache.mix(own.tiles, kvHead, scores, start, headRows(out, kvHead, group));
        });
    }

    private void put(int kvHead, int worker, Matrix k, Matrix v, KeyValuePanels cache, int position) {
        cache.put(kvHead, position, columns(k, kvHead), columns(v, kvHead), scratch[worker].panels);
    }

    /** The heads of a matrix of one row that share a key-value head, one below the other: [group, headDim]. */
    private Matrix headRows(Matrix row, int kvHead, int group) {
        return new Matrix(row.segment(), row.offset() + (long) firstHead(kvHead) * headDim, group, headDim, headDim);
    }

    /**
     * The gradients of {@link #forward(int[][], int[], int, Matrix, Matrix, Matrix, Matrix, Matrix)}.
     *
     * @param firstQuery for each sequence the first position that attended; the queries before it get gradients of zero
     * @param window that of the forward pass
     * @param logSumExp from the forward pass, [rows, heads]
     * @param dOut gradient of the output, [rows, heads x headDim]
     * @param dQ receives the gradient of the queries
     * @param dK receives the gradient of the keys
     * @param dV receives the gradient of the values
     * @throws IllegalArgumentException when the window is empty
     */
    public void backward(
            int[][] rows,
            int[] firstQuery,
            int window,
            Matrix q,
            Matrix k,
            Matrix v,
            Matrix logSumExp,
            Matrix dOut,
            Matrix dQ,
            Matrix dK,
            Matrix dV) {
        checkWindow(window);
        workers.forEach(rows.length * kvHeads, (task, worker) -> {
            int[] row = rows[task / kvHeads];
            if (row.length == 0) {
                return;
            }
            int attended = firstQuery[task / kvHeads];
            int kvHead = task % kvHeads;
            Scratch own = scratch[worker].ensure(row.length);
            Matrix keys = gather(k, row, 0, row.length, kvHead, own.keys);
            Matrix values = gather(v, row, 0, row.length, kvHead, own.values);
            Matrix dKeys = own.dKeys.rowRange(0, row.length);
            Matrix dValues = own.dValues.rowRange(0, row.length);
            dKeys.clear();
            dValues.clear();
            for (int head = firstHead(kvHead); head < firstHead(kvHead + 1); head++) {
                clearRows(dQ, row, 0, attended, head);
                for (int from = attended; from < row.length; from += QUERY_BLOCK) {
                    int to = Math.min(row.length, from + QUERY_BLOCK);
                    int start = firstKeyOfBlock(from, window);
                    Matrix queries = gather(q, row, from, to, head, own.queries);
                    Matrix dOutputs = gather(dOut, row, from, to, head, own.outputs);
                    Matrix probabilities = padded(own.scores, to - from, to - start);
                    Matrix dScores = padded(own.dScores, to - from, to - start);
                    Matrix dQueries = own.dQueries.rowRange(0, to - from);
                    Matrix seenKeys = keys.rowRange(start, to);
                    gemm.multiply(worker, Form.A_BT, queries, seenKeys, probabilities, false);
                    gemm.multiply(worker, Form.A_BT, dOutputs, values.rowRange(start, to), dScores, false);
                    for (int i = 0; i < to - from; i++) {
                        int first = firstKey(from + i, window) - start;
                        float denominator = logSumExp.get(row[from + i], head);
                        softmaxBackward(probabilities, dScores, i, first, from + i + 1 - start, denominator, own);
                    }
                    gemm.multiply(worker, Form.AT_B, probabilities, dOutputs, dValues.rowRange(start, to), true);
                    gemm.multiply(worker, Form.AT_B, dScores, queries, dKeys.rowRange(start, to), true);
                    gemm.multiply(worker, Form.A_B, dScores, seenKeys, dQueries, false);
                    scatter(dQueries, row, from, to, head, dQ);
                }
            }
            scatter(dKeys, row, 0, row.length, kvHead, dK);
            scatter(dValues, row, 0, row.length, kvHead, dV);
        });
    }

    @Override
    public void close() {
        for (Scratch own : scratch) {
            own.close();
        }
    }

    private static void checkWindow(int window) {
        Preconditions.checkArgument(window >= 1, "the window must hold at least 1 position, was %s", window);
    }

    /** The first position that a query sees. */
    private static int firstKey(int query, int window) {
        return Math.max(0, query - window + 1);
    }

    /** The first position that a block of queries is multiplied with, given its first query. */
    private static int firstKeyOfBlock(int firstQuery, int window) {
        int first = firstKey(firstQuery, window);
        return first - first % KEY_ALIGNMENT;
    }

    private int firstHead(int kvHead) {
        return kvHead * (heads / kvHeads);
    }

    private Matrix columns(Matrix matrix, int head) {
        return matrix.columnRange(head * headDim, (head + 1) * headDim);
    }

    private Matrix gather(Matrix from, int[] row, int first, int last, int head, Matrix to) {
        Matrix source = columns(from, head);
        for (int i = first; i < last; i++) {
            to.copyRow(i - first, source, row[i]);
        }
        return to.rowRange(0, last - first);
    }

    private void scatter(Matrix from, int[] row, int first, int last, int head, Matrix to) {
        Matrix target = columns(to, head);
        for (int i = first; i < last; i++) {
            target.copyRow(row[i], from, i - first);
        }
    }

    private void clearRows(Matrix matrix, int[] row, int first, int last, int head) {
        Matrix target = columns(matrix, head);
        for (int i = first; i < last; i++) {
            target.rowRange(row[i], row[i] + 1).clear();
        }
    }

    /** A matrix whose rows take whole vectors, so that loops over a row need no mask, which would put vectors on the heap. */
    private static Matrix padded(Matrix memory, int rows, int cols) {
        return new Matrix(memory.segment(), 0, rows, cols, Math.ceilDiv(cols, KEY_ALIGNMENT) * KEY_ALIGNMENT);
    }

    /** The first column of the vector that a column is in. */
    private static int vectorStart(int col) {
        return col - col % LANES;
    }

    /** The first column of the vector that begins at a column or after it. */
    private static int vectorEnd(int col) {
        return vectorStart(col + LANES - 1);
    }

    /** Sets what does not lie in {@code first} (inclusive) to {@code end} (exclusive) of the vectors that these columns take. */
    private static void setRest(Matrix scores, int row, int first, int end, float value) {
        MemorySegment scoresMemory = NativeMemory.check(scores.segment());
        for (int i = vectorStart(first); i < first; i++) {
            scores.set(row, i, value);
        }
        long at = scores.rowIndex(row);
        for (int i = end; i < vectorEnd(end); i++) {
            scoresMemory.setAtIndex(ValueLayout.JAVA_FLOAT, at + i, value);
        }
    }

    /** Sets the vectors of a row to zero that hold none of the columns {@code first} (inclusive) to {@code end} (exclusive). */
    private static void clearOthers(Matrix scores, int row, int first, int end) {
        MemorySegment scoresMemory = NativeMemory.check(scores.segment());
        long at = scores.rowIndex(row);
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int i = 0; i < vectorStart(first); i += LANES) {
            store(zero, scoresMemory, at + i);
        }
        for (int i = vectorEnd(end); i < scores.stride(); i += LANES) {
            store(zero, scoresMemory, at + i);
        }
    }

    /**
     * Turns the scores {@code first} (inclusive) to {@code end} (exclusive) of a row into probabilities and the others into zero.
     *
     * @return log of the sum of e^score, the scores scaled and capped
     */
    private float softmax(Matrix scores, int row, int first, int end, float[] lanes) {
        float factor = scale;
        if (softCap != 0) {
            setRest(scores, row, first, end, 0);
            cap(scores, row, first, end);
            factor = 1;
        }
        setRest(scores, row, first, end, Float.NEGATIVE_INFINITY);
        float top = max(scores, row, first, end, lanes) * factor;
        double total = exponentials(scores, row, first, end, factor, top, lanes);
        scale(scores, row, first, end, (float) (1 / total));
        clearOthers(scores, row, first, end);
        return (float) (top + StrictMath.log(total));
    }

    private static float max(Matrix scores, int row, int first, int end, float[] lanes) {
        MemorySegment scoresMemory = NativeMemory.check(scores.segment());
        long at = scores.rowIndex(row);
        FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = vectorStart(first); i < end; i += LANES) {
            max = max.max(load(scoresMemory, at + i));
        }
        return Vectors.max(max, lanes);
    }

    /** Replaces each score s by e^(factor · s - top) and returns their sum. */
    private static double exponentials(
            Matrix scores, int row, int first, int end, float factor, float top, float[] lanes) {
        MemorySegment scoresMemory = NativeMemory.check(scores.segment());
        long at = scores.rowIndex(row);
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int i = vectorStart(first); i < end; i += LANES) {
            FloatVector e = Vectors.exp(load(scoresMemory, at + i).mul(factor).sub(top));
            sum = sum.add(e);
            store(e, scoresMemory, at + i);
        }
        return Vectors.sum(sum, lanes);
    }

    private static void scale(Matrix scores, int row, int first, int end, float factor) {
        MemorySegment scoresMemory = NativeMemory.check(scores.segment());
        long at = scores.rowIndex(row);
        for (int i = vectorStart(first); i < end; i += LANES) {
            store(load(scoresMemory, at + i).mul(factor), scoresMemory, at + i);
        }
    }

    /** Scales and caps the scores of a row. */
    private void cap(Matrix scores, int row, int first, int end) {
        MemorySegment scoresMemory = NativeMemory.check(scores.segment());
        long at = scores.rowIndex(row);
        for (int i = vectorStart(first); i < end; i += LANES) {
            FloatVector scaled = load(scoresMemory, at + i).mul(scale);
            store(SoftCap.value(scaled, softCap), scoresMemory, at + i);
        }
    }

    /**
     * Turns a row of scores into probabilities p, and the gradient d of the probabilities into that of the scores:
     * p · (d - sum(p · d)) · scale, times the slope of the cap where there is one.
     */
    private void softmaxBackward(
            Matrix scores, Matrix dScores, int row, int first, int end, float logSumExp, Scratch own) {
        float factor = scale;
        if (softCap != 0) {
            setRest(scores, row, first, end, 0);
            cap(scores, row, first, end);
            keepSlopes(scores, row, first, end, own.slopes);
            factor = 1;
        }
        setRest(scores, row, first, end, Float.NEGATIVE_INFINITY);
        setRest(dScores, row, first, end, 0);
        float mean = probabilities(scores, dScores, row, first, end, factor, logSumExp, own.lanes);
        scoreGradients(scores, dScores, row, first, end, mean);
        if (softCap != 0) {
            applySlopes(dScores, row, first, end, own.slopes);
        }
        clearOthers(scores, row, first, end);
        clearOthers(dScores, row, first, end);
    }

    /** Replaces each score by its probability and returns the sum of probabilities times their gradients. */
    private static float probabilities(
            Matrix scores, Matrix dScores, int row, int first, int end, float factor, float logSumExp, float[] lanes) {
        MemorySegment scoresMemory = NativeMemory.check(scores.segment());
        MemorySegment dScoresMemory = NativeMemory.check(dScores.segment());
        long s = scores.rowIndex(row);
        long d = dScores.rowIndex(row);
        FloatVector dot = FloatVector.zero(SPECIES);
        for (int i = vectorStart(first); i < end; i += LANES) {
            FloatVector p = Vectors.exp(load(scoresMemory, s + i).mul(factor).sub(logSumExp));
            store(p, scoresMemory, s + i);
            dot = p.fma(load(dScoresMemory, d + i), dot);
        }
        return (float) Vectors.sum(dot, lanes);
    }

    private void scoreGradients(Matrix probabilities, Matrix dScores, int row, int first, int end, float mean) {
        MemorySegment probabilitiesMemory = NativeMemory.check(probabilities.segment());
        MemorySegment dScoresMemory = NativeMemory.check(dScores.segment());
        long s = probabilities.rowIndex(row);
        long d = dScores.rowIndex(row);
        for (int i = vectorStart(first); i < end; i += LANES) {
            FloatVector p = load(probabilitiesMemory, s + i);
            FloatVector g = load(dScoresMemory, d + i).sub(mean).mul(p).mul(scale);
            store(g, dScoresMemory, d + i);
        }
    }

    /** The cap's derivative at each of a row's capped scores. */
    private void keepSlopes(Matrix capped, int row, int first, int end, Matrix slopes) {
        MemorySegment cappedMemory = NativeMemory.check(capped.segment());
        MemorySegment slopesMemory = NativeMemory.check(slopes.segment());
        long at = capped.rowIndex(row);
        for (int i = vectorStart(first); i < end; i += LANES) {
            store(SoftCap.slope(load(cappedMemory, at + i), softCap), slopesMemory, i);
        }
    }

    private static void applySlopes(Matrix dScores, int row, int first, int end, Matrix slopes) {
        MemorySegment dScoresMemory = NativeMemory.check(dScores.segment());
        MemorySegment slopesMemory = NativeMemory.check(slopes.segment());
        long at = dScores.rowIndex(row);
        for (int i = vectorStart(first); i < end; i += LANES) {
            store(load(dScoresMemory, at + i).mul(load(slopesMemory, i)), dScoresMemory, at + i);
        }
    }

    /** One thread's memory; grows to the longest sequence seen. */
    private final class Scratch {
        private final float[] lanes = new float[LANES];
        private final Arena fixed = Arena.ofShared();
        private final RowTiles tiles = new RowTiles(fixed);
        private final GemmPanels panels = new GemmPanels(fixed);
        private Arena arena = Arena.ofShared();
        private int length;
        private Matrix keys;
        private Matrix values;
        private Matrix dKeys;
        private Matrix dValues;
        private Matrix scores;
        private Matrix dScores;
        private Matrix slopes;
        private Matrix queries;
        private Matrix dQueries;
        private Matrix outputs;

        Scratch ensure(int positions) {
            if (positions > length) {
                arena.close();
                arena = Arena.ofShared();
                length = Math.ceilDiv(Math.max(positions, 2 * length), KEY_ALIGNMENT) * KEY_ALIGNMENT;
                keys = Matrix.allocate(arena, length, headDim);
                values = Matrix.allocate(arena, length, headDim);
                dKeys = Matrix.allocate(arena, length, headDim);
                dValues = Matrix.allocate(arena, length, headDim);
                scores = Matrix.allocate(arena, QUERY_BLOCK, length);
                dScores = Matrix.allocate(arena, QUERY_BLOCK, length);
                slopes = Matrix.allocate(arena, 1, length);
                queries = Matrix.allocate(arena, QUERY_BLOCK, headDim);
                dQueries = Matrix.allocate(arena, QUERY_BLOCK, headDim);
                outputs = Matrix.allocate(arena, QUERY_BLOCK, headDim);
            }
            return this;
        }

        void close() {
            fixed.close();
            arena.close();
        }
    }
}
