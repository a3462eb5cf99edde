package io.github.ift4j.samples.web;

/** Learns from recorded conversations beside the running application. */
interface Tuner {
    /** What it does and has done. */
    TunerState state();

    /**
     * Begins to learn from what is queued.
     *
     * @throws IllegalStateException when it learns already or there is nothing to learn from
     */
    void tuneNow();

    /**
     * Lets another version answer from the next question on.
     *
     * @throws IllegalArgumentException when there is none of this name
     */
    void swap(String version);

    /**
     * Goes back to the version before the one that answers.
     *
     * @throws IllegalStateException when there is none
     */
    void rollBack();
}
