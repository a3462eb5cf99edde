package io.github.ift4j.jlama.kernel;

import static io.github.ift4j.jlama.kernel.Vectors.LANES;
import static io.github.ift4j.jlama.kernel.Vectors.SPECIES;
import static io.github.ift4j.jlama.kernel.Vectors.load;
import static io.github.ift4j.jlama.kernel.Vectors.store;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.kernel.Gemm.Form;
import java.lang.foreign.Arena;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Causal grouped-query attention: softmax(q · kᵀ · scale) · v over the positions up to the query's own.
 *
 * <p>Queries are handled in blocks of {@value #QUERY_BLOCK}, so no matrix of length x length is ever held; the backward
 * pass computes the probabilities again from each row's log-sum-exp. A task is one sequence and one key-value head, so
 * that gradients of keys and values are summed by one thread in a fixed order. A query's result depends on its own sequence only.
 */
public final class CausalAttention implements AutoCloseable {
    private static final int QUERY_BLOCK = 64;

    private final Gemm gemm;
    private final Workers workers;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private final float scale;
    private final Scratch[] scratch;

    /**
     * @param heads query heads, a multiple of kvHeads
     * @param kvHeads key-value heads
     * @param headDim width of a head
     * @param scale factor on the scores, usually 1 / sqrt(headDim)
     */
    public CausalAttention(Gemm gemm, Workers workers, int heads, int kvHeads, int headDim, float scale) {
        Preconditions.checkArgument(
                heads % kvHeads == 0, "%s query heads cannot share %s key-value heads", heads, kvHeads);
        this.gemm = gemm;
        this.workers = workers;
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.scale = scale;
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
     * @param q queries, [rows, heads x headDim]
     * @param k keys, [rows, kvHeads x headDim]
     * @param v values, [rows, kvHeads x headDim]
     * @param out output, [rows, heads x headDim]
     * @param logSumExp receives the logarithm of each softmax's denominator, [rows, heads]
     */
    public void forward(int[][] rows, int[] firstQuery, Matrix q, Matrix k, Matrix v, Matrix out, Matrix logSumExp) {
        workers.forEach(rows.length * kvHeads, (task, worker) -> {
            int[] row = rows[task / kvHeads];
            if (row.length == 0) {
                return;
            }
            int kvHead = task % kvHeads;
            Scratch own = scratch[worker].ensure(row.length);
            Matrix keys = gather(k, row, 0, row.length, kvHead, own.keys);
            Matrix values = gather(v, row, 0, row.length, kvHead, own.values);
            for (int head = firstHead(kvHead); head < firstHead(kvHead + 1); head++) {
                for (int from = firstQuery[task / kvHeads]; from < row.length; from += QUERY_BLOCK) {
                    int to = Math.min(row.length, from + QUERY_BLOCK);
                    Matrix queries = gather(q, row, from, to, head, own.queries);
                    Matrix scores = new Matrix(own.scores.segment(), 0, to - from, to, to);
                    Matrix result = own.outputs.rowRange(0, to - from);
                    gemm.multiply(worker, Form.A_BT, queries, keys.rowRange(0, to), scores, false);
                    for (int i = 0; i < to - from; i++) {
                        logSumExp.set(row[from + i], head, softmax(scores, i, from + i + 1, own.lanes));
                    }
                    gemm.multiply(worker, Form.A_B, scores, values.rowRange(0, to), result, false);
                    scatter(result, row, from, to, head, out);
                }
            }
        });
    }

    /**
     * Attention of the newest rows of one sequence to all its keys, those of the new rows included.
     *
     * @param q queries of the new rows, [new, heads x headDim]
     * @param keys all keys up to the last new row, [positions, kvHeads x headDim]
     * @param values all values, [positions, kvHeads x headDim]
     * @param out [new, heads x headDim]
     */
    public void forward(Matrix q, Matrix keys, Matrix values, Matrix out) {
        int past = keys.rows() - q.rows();
        workers.forEach(heads, (head, worker) -> {
            Scratch own = scratch[worker].ensure(keys.rows());
            int kvHead = head / (heads / kvHeads);
            for (int from = 0; from < q.rows(); from += QUERY_BLOCK) {
                int to = Math.min(q.rows(), from + QUERY_BLOCK);
                int seen = past + to;
                Matrix scores = new Matrix(own.scores.segment(), 0, to - from, seen, seen);
                Matrix result = columns(out, head).rowRange(from, to);
                Matrix known = columns(keys, kvHead).rowRange(0, seen);
                gemm.multiply(worker, Form.A_BT, columns(q, head).rowRange(from, to), known, scores, false);
                for (int i = 0; i < to - from; i++) {
                    softmax(scores, i, past + from + i + 1, own.lanes);
                }
                gemm.multiply(worker, Form.A_B, scores, columns(values, kvHead).rowRange(0, seen), result, false);
            }
        });
    }

    /**
     * The gradients of {@link #forward(int[][], int[], Matrix, Matrix, Matrix, Matrix, Matrix)} for all rows.
     *
     * @param dOut gradient of the output, [rows, heads x headDim]
     * @param dQ receives the gradient of the queries
     * @param dK receives the gradient of the keys
     * @param dV receives the gradient of the values
     */
    public void backward(
            int[][] rows,
            Matrix q,
            Matrix k,
            Matrix v,
            Matrix logSumExp,
            Matrix dOut,
            Matrix dQ,
            Matrix dK,
            Matrix dV) {
        workers.forEach(rows.length * kvHeads, (task, worker) -> {
            int[] row = rows[task / kvHeads];
            if (row.length == 0) {
                return;
            }
            int kvHead = task % kvHeads;
            Scratch own = scratch[worker].ensure(row.length);
            Matrix keys = gather(k, row, 0, row.length, kvHead, own.keys);
            Matrix values = gather(v, row, 0, row.length, kvHead, own.values);
            Matrix dKeys = own.dKeys.rowRange(0, row.length);
            Matrix dValues = own.dValues.rowRange(0, row.length);
            dKeys.clear();
            dValues.clear();
            for (int head = firstHead(kvHead); head < firstHead(kvHead + 1); head++) {
                for (int from = 0; from < row.length; from += QUERY_BLOCK) {
                    int to = Math.min(row.length, from + QUERY_BLOCK);
                    Matrix queries = gather(q, row, from, to, head, own.queries);
                    Matrix dOutputs = gather(dOut, row, from, to, head, own.outputs);
                    Matrix probabilities = new Matrix(own.scores.segment(), 0, to - from, to, to);
                    Matrix dScores = new Matrix(own.dScores.segment(), 0, to - from, to, to);
                    Matrix dQueries = own.dQueries.rowRange(0, to - from);
                    gemm.multiply(worker, Form.A_BT, queries, keys.rowRange(0, to), probabilities, false);
                    gemm.multiply(worker, Form.A_BT, dOutputs, values.rowRange(0, to), dScores, false);
                    for (int i = 0; i < to - from; i++) {
                        float denominator = logSumExp.get(row[from + i], head);
                        softmaxBackward(probabilities, dScores, i, from + i + 1, denominator, own.lanes);
                    }
                    gemm.multiply(worker, Form.AT_B, probabilities, dOutputs, dValues.rowRange(0, to), true);
                    gemm.multiply(worker, Form.AT_B, dScores, queries, dKeys.rowRange(0, to), true);
                    gemm.multiply(worker, Form.A_B, dScores, keys.rowRange(0, to), dQueries, false);
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

    /**
     * Turns the first {@code seen} scores of a row into probabilities and the others into zero.
     *
     * @return log of the sum of e^(score · scale)
     */
    private float softmax(Matrix scores, int row, int seen, float[] lanes) {
        long at = scores.rowIndex(row);
        FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < seen; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, seen);
            max = max.max(load(scores.segment(), at + i, mask).blend(Float.NEGATIVE_INFINITY, mask.not()));
        }
        float top = Vectors.max(max, lanes) * scale;
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int i = 0; i < scores.cols(); i += LANES) {
            VectorMask<Float> inside = SPECIES.indexInRange(i, scores.cols());
            FloatVector e = Vectors.exp(
                            load(scores.segment(), at + i, inside).mul(scale).sub(top))
                    .blend(0f, SPECIES.indexInRange(i, seen).not());
            sum = sum.add(e);
            store(e, scores.segment(), at + i, inside);
        }
        double total = Vectors.sum(sum, lanes);
        float share = (float) (1 / total);
        for (int i = 0; i < seen; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, seen);
            store(load(scores.segment(), at + i, mask).mul(share), scores.segment(), at + i, mask);
        }
        return (float) (top + StrictMath.log(total));
    }

    /**
     * Turns a row of scores into probabilities p, and the gradient d of the probabilities into that of the scores:
     * p · (d - sum(p · d)) · scale.
     */
    private void softmaxBackward(Matrix scores, Matrix dScores, int row, int seen, float logSumExp, float[] lanes) {
        long s = scores.rowIndex(row);
        long d = dScores.rowIndex(row);
        FloatVector dot = FloatVector.zero(SPECIES);
        for (int i = 0; i < scores.cols(); i += LANES) {
            VectorMask<Float> inside = SPECIES.indexInRange(i, scores.cols());
            FloatVector p = Vectors.exp(
                            load(scores.segment(), s + i, inside).mul(scale).sub(logSumExp))
                    .blend(0f, SPECIES.indexInRange(i, seen).not());
            store(p, scores.segment(), s + i, inside);
            dot = p.fma(load(dScores.segment(), d + i, inside), dot);
        }
        float mean = (float) Vectors.sum(dot, lanes);
        for (int i = 0; i < scores.cols(); i += LANES) {
            VectorMask<Float> inside = SPECIES.indexInRange(i, scores.cols());
            FloatVector p = load(scores.segment(), s + i, inside);
            FloatVector g =
                    load(dScores.segment(), d + i, inside).sub(mean).mul(p).mul(scale);
            store(g, dScores.segment(), d + i, inside);
        }
    }

    /** One thread's memory; grows to the longest sequence seen. */
    private final class Scratch {
        private final float[] lanes = new float[LANES];
        private Arena arena = Arena.ofShared();
        private int length;
        private Matrix keys;
        private Matrix values;
        private Matrix dKeys;
        private Matrix dValues;
        private Matrix scores;
        private Matrix dScores;
        private Matrix queries;
        private Matrix dQueries;
        private Matrix outputs;

        Scratch ensure(int positions) {
            if (positions > length) {
                arena.close();
                arena = Arena.ofShared();
                length = Math.max(positions, 2 * length);
                keys = Matrix.allocate(arena, length, headDim);
                values = Matrix.allocate(arena, length, headDim);
                dKeys = Matrix.allocate(arena, length, headDim);
                dValues = Matrix.allocate(arena, length, headDim);
                scores = Matrix.allocate(arena, QUERY_BLOCK, length);
                dScores = Matrix.allocate(arena, QUERY_BLOCK, length);
                queries = Matrix.allocate(arena, QUERY_BLOCK, headDim);
                dQueries = Matrix.allocate(arena, QUERY_BLOCK, headDim);
                outputs = Matrix.allocate(arena, QUERY_BLOCK, headDim);
            }
            return this;
        }

        void close() {
            arena.close();
        }
    }
}
