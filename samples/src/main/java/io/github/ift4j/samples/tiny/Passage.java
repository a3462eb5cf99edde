package io.github.ift4j.samples.tiny;

import java.util.List;

/** A way to write a document of the pre-training text. */
@FunctionalInterface
interface Passage {
    /** Plain English about the world, at most some 150 words. */
    String write(World world, Dice dice);

    /** Sentences one after the other, or each on a line of its own. */
    static String of(List<String> sentences, Dice dice) {
        return String.join(dice.chance(50) ? " " : "\n", sentences);
    }
}
