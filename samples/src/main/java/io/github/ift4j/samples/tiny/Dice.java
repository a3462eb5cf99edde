package io.github.ift4j.samples.tiny;

import io.github.ift4j.core.random.SplitMix64;
import java.util.ArrayList;
import java.util.List;

/** A seeded stream of choices that is the same on every machine. */
final class Dice {
    private final SplitMix64 random;

    Dice(long seed) {
        this.random = new SplitMix64(seed);
    }

    /** A whole number from 0 to {@code bound - 1}. */
    int below(int bound) {
        return random.nextInt(bound);
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

    /** A standard normal number. */
    double gaussian() {
        return random.nextGaussian();
    }
}
