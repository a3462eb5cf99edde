package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Attention of one sequence, nine heads of 64 that share three of keys and values. */
public class AttentionBenchmark extends KernelBenchmark {
    private static final int HEADS = 9;
    private static final int KV_HEADS = 3;
    private static final int HEAD_DIM = 64;

    /** Tokens of the sequence. */
    @Param({"256", "1024"})
    public int length;

    private Gemm gemm;
    private CausalAttention attention;
    private int[][] rows;
    private Arena cacheMemory;
    private KeyValuePanels cache;
    private Matrix queries;
    private Matrix keys;
    private Matrix values;
    private Matrix output;
    private Matrix logSumExp;
    private Matrix dOutput;
    private Matrix dQueries;
    private Matrix dKeys;
    private Matrix dValues;

    @Override
    protected void prepare() {
        gemm = new VectorGemm(workers);
        float scale = (float) (1 / Math.sqrt(HEAD_DIM));
        attention = new CausalAttention(gemm, workers, HEADS, KV_HEADS, HEAD_DIM, scale, 0);
        rows = new int[][] {IntStream.range(0, length).toArray()};
        queries = gaussian(length, HEADS * HEAD_DIM);
        keys = gaussian(length, KV_HEADS * HEAD_DIM);
        values = gaussian(length, KV_HEADS * HEAD_DIM);
        output = zeros(length, HEADS * HEAD_DIM);
        logSumExp = zeros(length, HEADS);
        dOutput = gaussian(length, HEADS * HEAD_DIM);
        dQueries = zeros(length, HEADS * HEAD_DIM);
        dKeys = zeros(length, KV_HEADS * HEAD_DIM);
        dValues = zeros(length, KV_HEADS * HEAD_DIM);
        cacheMemory = Arena.ofShared();
        cache = new KeyValuePanels(cacheMemory, KV_HEADS, HEAD_DIM);
        cache.ensure(length);
        attention.forward(queries, keys, values, cache, 0, Integer.MAX_VALUE, output);
        attend();
    }

    @Override
    protected void release() {
        cacheMemory.close();
        attention.close();
        gemm.close();
    }

    /** All positions; the operations are those of the pairs of a query and a key that it sees. */
    @Benchmark
    public void forward(Operations operations) {
        attend();
        operations.addProduct(pairs(), 2, HEAD_DIM);
    }

    /** The gradients of queries, keys and values, of which the scores are a part again. */
    @Benchmark
    public void backward(Operations operations) {
        attention.backward(
                rows,
                new int[1],
                Integer.MAX_VALUE,
                queries,
                keys,
                values,
                logSumExp,
                dOutput,
                dQueries,
                dKeys,
                dValues);
        operations.addProduct(pairs(), 5, HEAD_DIM);
    }

    /** The last position alone, as each generated token needs it; the bytes are those of keys and values. */
    @Benchmark
    public void decode(Traffic traffic) {
        int past = length - 1;
        attention.forward(
                queries.rowRange(past, length),
                keys.rowRange(past, length),
                values.rowRange(past, length),
                cache,
                past,
                Integer.MAX_VALUE,
                output.rowRange(past, length));
        traffic.add(2, keys);
    }

    private void attend() {
        attention.forward(rows, new int[1], Integer.MAX_VALUE, queries, keys, values, output, logSumExp);
    }

    private long pairs() {
        return (long) HEADS * length * (length + 1) / 2;
    }
}
