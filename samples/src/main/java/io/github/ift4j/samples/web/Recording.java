package io.github.ift4j.samples.web;

/** Keeps what users let be kept, for the tuner to learn from. */
interface Recording {
    /** Runs what asks the model in the name of a chat. */
    void as(ChatSession session, Runnable question);

    /** Notes that a user agrees, or no longer does, to be recorded; what was recorded before is forgotten in that case. */
    void consent(ChatSession session, boolean agreed);

    /** Notes what a user thinks of an answer; without effect on one that is not on record. */
    void rate(String answer, boolean good);
}
