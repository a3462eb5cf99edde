package io.github.ift4j.samples.web;

/** Learns from recorded conversations beside the running application. */
interface Tuner {
    /** The name by which requests ask for the version in service. */
    String modelName();

    /** What it does and has done. */
    TunerState state();

    /**
     * Begins to learn from what is on record.
     *
     * @throws IllegalStateException when it learns already
     */
    void tuneNow();

    /** Gives up the training under way. */
    void cancel();

    /**
     * Lets another version answer from the next question on.
     *
     * @throws RuntimeException when it cannot; the message says why
     */
    void swap(int version);

    /**
     * Goes back to the version that answered before.
     *
     * @throws RuntimeException when it cannot; the message says why
     */
    void rollBack();
}
