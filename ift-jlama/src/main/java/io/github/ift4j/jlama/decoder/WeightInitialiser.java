package io.github.ift4j.jlama.decoder;

import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random weights for a model that is trained from scratch: norms are one, biases zero, everything else normally distributed
 * with the given standard deviation (HuggingFace's {@code initializer_range}).
 */
public final class WeightInitialiser {
    private static final long ALIGNMENT = 64;

    private final SplittableRandom random;
    private final float deviation;

    /**
     * @param seed the same seed gives the same weights
     * @param deviation standard deviation, 0.02 as a rule
     */
    public WeightInitialiser(long seed, float deviation) {
        random = new SplittableRandom(seed);
        this.deviation = deviation;
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
        };
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
