package io.github.ift4j.core.data;

/** Turns records into tokens and labels; implemented beside the tokenizer. */
@FunctionalInterface
public interface Encoder {
    /**
     * The whole record, not truncated.
     *
     * @throws DataException when the record cannot be encoded; the message names its origin
     */
    Sequence encode(TrainingRecord.Demonstration record);
}
