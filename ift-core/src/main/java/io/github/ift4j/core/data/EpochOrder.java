package io.github.ift4j.core.data;

import io.github.ift4j.core.random.SplitMix64;

/**
 * In which order the examples come in each epoch.
 *
 * @param seed of the shuffling
 * @param shuffle whether to shuffle; file order in every epoch if not
 */
public record EpochOrder(long seed, boolean shuffle) {
    private static final long PURPOSE = 1;

    /**
     * The order of one epoch; it depends on nothing but the arguments and the seed.
     *
     * @param examples number of examples
     * @param epoch 0-based
     * @return a permutation of 0 to {@code examples - 1}
     */
    public int[] of(int examples, long epoch) {
        int[] order = new int[examples];
        for (int i = 0; i < examples; i++) {
            order[i] = i;
        }
        if (shuffle) {
            SplitMix64 random = SplitMix64.of(seed, PURPOSE, epoch);
            for (int i = examples - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int moved = order[i];
                order[i] = order[j];
                order[j] = moved;
            }
        }
        return order;
    }
}
