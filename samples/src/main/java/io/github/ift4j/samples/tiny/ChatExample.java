package io.github.ift4j.samples.tiny;

/**
 * A question and the one answer that counts as right.
 *
 * @param kind what is asked
 * @param novelty how far the question is from the tuning set
 * @param question what the user says
 * @param answer what the assistant says
 */
public record ChatExample(QuestionKind kind, Novelty novelty, String question, String answer) {
    /** How far a question is from what was tuned on. */
    public enum Novelty {
        /** In the tuning set itself. */
        TUNED,
        /** The same was asked in tuning, in other words. */
        REWORDED,
        /** The parts occur in tuning, their combination does not: a pair of goods, or a chain over a neighbour. */
        RECOMBINED,
        /** A person, a thing or a name that occurs nowhere in tuning; the model can know it from pre-training only. */
        UNSEEN
    }
}
