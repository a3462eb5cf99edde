package io.github.ift4j.samples.tiny;

import java.util.List;

/**
 * Good chat answers about a {@link World}, divided into a tuning set and a test set that share no question.
 *
 * <p>Some townspeople and goods are kept out of the tuning set altogether: no question and no answer names them. Of the
 * rest, some pairs of goods and some chains over a neighbour are never tuned on, and of each fact one wording is left to the
 * test set.
 *
 * @param tuning what to tune on, shuffled
 * @param test what to test on, kind after kind
 */
public record ChatData(List<ChatExample> tuning, List<ChatExample> test) {
    /** The chats of the embedded model. */
    public static final long SEED = 2;

    public ChatData {
        tuning = List.copyOf(tuning);
        test = List.copyOf(test);
    }

    /** The chats of a seed. */
    public static ChatData of(World world, long seed) {
        return new ChatDivision(world, new Dice(seed)).divide();
    }
}
