package io.github.ift4j.samples.tiny;

/** A way to write a document of the pre-training text. */
@FunctionalInterface
interface Passage {
    /** Plain English about the world, at most some 150 words. */
    String write(World world, Dice dice);
}
