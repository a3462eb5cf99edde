package io.github.ift4j.samples.tiny;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;

/**
 * A seeded stream of choices that is the same on every JDK: SplitMix64 (Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014) with a fixed way to make numbers of its bits.
 */
final class Dice {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    Dice(long seed) {
        this.state = seed;
    }

    /** The next 64 bits. */
    long next() {
        state += GOLDEN_GAMMA;
        long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** A whole number from 0 to {@code bound - 1}. */
    int below(int bound) {
        Preconditions.checkArgument(bound > 0, "bound must be positive, was %s", bound);
        return (int) (((next() >>> 32) * bound) >>> 32);
    }

    /** A whole number from {@code low} to {@code high}, both included. */
    int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** True in {@code percent} of a hundred throws. */
    boolean chance(int percent) {
        return below(100) < percent;
    }

    /** One of the items. */
    <T> T pick(List<T> items) {
        return items.get(below(items.size()));
    }

    /** {@code count} different positions of the list, in random order. */
    <T> List<T> pick(List<T> items, int count) {
        return shuffled(items).subList(0, count);
    }

    /** A copy in random order. */
    <T> List<T> shuffled(List<T> items) {
        List<T> copy = new ArrayList<>(items);
        for (int i = copy.size() - 1; i > 0; i--) {
            int j = below(i + 1);
            T swapped = copy.get(i);
            copy.set(i, copy.get(j));
            copy.set(j, swapped);
        }
        return copy;
    }

    /** A standard normal number (Box and Muller's method). */
    double gaussian() {
        double radius = ((next() >>> 11) + 1) * 0x1p-53;
        double angle = (next() >>> 11) * 0x1p-53;
        return StrictMath.sqrt(-2 * StrictMath.log(radius)) * StrictMath.cos(2 * Math.PI * angle);
    }
}
