package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.kernel.StoredWeights;
import io.github.ift4j.jlama.kernel.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Random weights for a model that is trained from scratch: norms are one, biases zero, everything else normally distributed
 * with the given standard deviation (HuggingFace's {@code initializer_range}). For measurements, a model
 * that only answers or is the frozen base of an adapter may have its matrices in a format of fewer bits, with numbers of about that
 * deviation.
 */
public final class WeightInitialiser {
    private static final long ALIGNMENT = 64;

    private final SplittableRandom random;
    private final float deviation;
    private final WeightFormat format;

    /**
     * @param seed the same seed gives the same weights
     * @param deviation standard deviation, 0.02 as a rule
     */
    public WeightInitialiser(long seed, float deviation) {
        this(seed, deviation, WeightFormat.FLOAT32);
    }

    /**
     * @param seed the same seed gives the same weights
     * @param deviation standard deviation, 0.02 as a rule
     * @param format of the matrices, as far as their rows are whole blocks; those that learn are in float32 all the same
     */
    public WeightInitialiser(long seed, float deviation, WeightFormat format) {
        random = new SplittableRandom(seed);
        this.deviation = deviation;
        this.format = format;
    }

    /** Weights for a model of that shape. */
    WeightSource source(DecoderConfig config) {
        float one = 1 - config.norm().kind().offset();
        return new WeightSource() {
            @Override
            public boolean has(String name) {
                return true;
            }

            @Override
            public MemorySegment load(String name, List<Integer> shape, Arena arena) {
                return allocate(name, shape, one, arena);
            }

            @Override
            public Optional<StoredWeights> stored(String name, int rows, int cols) {
                boolean whole = !format.hasFactors() || cols % format.unit() == 0;
                return format == WeightFormat.FLOAT32 || !whole ? Optional.empty() : Optional.of(narrow(rows, cols));
            }
        };
    }

    /** Bytes at random: as bfloat16 numbers they are drawn, as whole numbers equally likely. */
    private StoredWeights narrow(int rows, int cols) {
        int size = Math.multiplyExact(rows, cols);
        Arena arena = Arena.ofAuto();
        if (format == WeightFormat.BFLOAT16) {
            MemorySegment numbers = arena.allocate(2L * size, ALIGNMENT);
            for (long i = 0; i < size; i++) {
                int bits = Float.floatToRawIntBits((float) (random.nextGaussian() * deviation));
                numbers.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >>> Short.SIZE));
            }
            return StoredWeights.of(format, rows, cols, numbers);
        }
        boolean four = format == WeightFormat.FOUR_BITS;
        byte[] numbers = new byte[four ? size / 2 : size];
        random.nextBytes(numbers);
        long blocks = size / format.unit();
        MemorySegment factors = arena.allocate(blocks * Float.BYTES, ALIGNMENT);
        // Of whole numbers that are equally likely up to a largest one, the deviation is that one over the root of 3.
        float factor = (float) (deviation * Math.sqrt(3) / (four ? 8 : 128));
        for (long i = 0; i < blocks; i++) {
            factors.setAtIndex(ValueLayout.JAVA_FLOAT, i, factor);
        }
        return new StoredWeights(format, rows, cols, MemorySegment.ofArray(numbers), factors);
    }

    private MemorySegment allocate(String name, List<Integer> shape, float one, Arena arena) {
        long size = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        MemorySegment weight = arena.allocate(size * Float.BYTES, ALIGNMENT);
        for (long i = 0; i < size && !name.endsWith("bias"); i++) {
            float value = shape.size() == 1 ? one : (float) (random.nextGaussian() * deviation);
            weight.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        return weight;
    }
}
