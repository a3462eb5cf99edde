package io.github.ift4j.jlama.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * Products of few rows with packed weights, as generating text computes them: one row for each answer that is being written. The
 * weights are those of 24 layers, of which each call takes the next, so that small formats are not served from the caches alone.
 */
public class PackedGemmBenchmark extends KernelBenchmark {
    private static final int LAYERS = 24;
    private static final int OUTPUTS = 1536;
    private static final int INPUTS = 576;
    private static final float FACTOR = 0.01f;

    /** Rows of the left operand. */
    @Param({"1", "4", "8", "16"})
    public int rows;

    /** How the weights are stored. */
    @Param
    public WeightFormat format;

    private Gemm gemm;
    private Matrix input;
    private Matrix output;
    private final PackedWeights[] layers = new PackedWeights[LAYERS];
    private int next;

    @Override
    protected void prepare() {
        gemm = new VectorGemm(workers);
        input = gaussian(rows, INPUTS);
        output = zeros(rows, OUTPUTS);
        for (int layer = 0; layer < LAYERS; layer++) {
            layers[layer] = gemm.pack(weights(), arena);
        }
    }

    @Override
    protected void release() {
        gemm.close();
    }

    /** Output [rows, out] = input [rows, in] · weight [out, in]ᵀ; the bytes are those of the weight. */
    @Benchmark
    public void multiply(Traffic traffic) {
        PackedWeights weight = layers[next];
        next = (next + 1) % LAYERS;
        gemm.multiplyPacked(input, weight, output, false);
        traffic.add(weight.panels().byteSize());
    }

    private StoredWeights weights() {
        Matrix plain = gaussian(OUTPUTS, INPUTS);
        long size = (long) OUTPUTS * INPUTS;
        return switch (format) {
            case FLOAT32 -> StoredWeights.of(format, OUTPUTS, INPUTS, plain.segment());
            case BFLOAT16 -> StoredWeights.of(format, OUTPUTS, INPUTS, upperHalves(plain.segment(), size));
            // Any bytes are whole numbers of these formats.
            case EIGHT_BITS -> new StoredWeights(format, OUTPUTS, INPUTS, plain.segment(), factors(size));
            case FOUR_BITS -> new StoredWeights(format, OUTPUTS, INPUTS, plain.segment(), factors(size));
        };
    }

    private MemorySegment upperHalves(MemorySegment numbers, long size) {
        MemorySegment halves = arena.allocate(size * Short.BYTES, Short.BYTES);
        for (long i = 0; i < size; i++) {
            int bits = numbers.getAtIndex(ValueLayout.JAVA_INT, i);
            halves.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >> Short.SIZE));
        }
        return halves;
    }

    private MemorySegment factors(long size) {
        long blocks = size / format.unit();
        MemorySegment factors = arena.allocate(blocks * Float.BYTES, Float.BYTES);
        for (long i = 0; i < blocks; i++) {
            factors.setAtIndex(ValueLayout.JAVA_FLOAT, i, FACTOR);
        }
        return factors;
    }
}
