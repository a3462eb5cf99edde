package io.github.ift4j.core.random;

import java.util.random.RandomGenerator;

/**
 * The SplitMix64 generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), the same
 * on every Java version.
 *
 * <p>Training makes a new one from its seed for each purpose and step, so that there is no random state to be saved: what a
 * step draws does not depend on whether the steps before it ran in this process.
 */
public final class SplitMix64 implements RandomGenerator {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    /** @param seed any number */
    public SplitMix64(long seed) {
        this.state = seed;
    }

    /** A generator for one purpose at one moment; different triples give unrelated numbers. */
    public static SplitMix64 of(long seed, long purpose, long moment) {
        return new SplitMix64(mix(mix(mix(seed) + purpose * GOLDEN_GAMMA) + moment * GOLDEN_GAMMA));
    }

    @Override
    public long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** {@inheritDoc} By the high half of a product; the deviation from uniform is below {@code bound / 2^64}. */
    @Override
    public int nextInt(int bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("the bound must be positive, was " + bound);
        }
        return (int) Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    /** {@inheritDoc} By the polar form of Box and Muller, two draws a number. */
    @Override
    public double nextGaussian() {
        double radius = Math.sqrt(-2 * StrictMath.log(1 - nextDouble()));
        return radius * StrictMath.cos(2 * Math.PI * nextDouble());
    }

    @Override
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
