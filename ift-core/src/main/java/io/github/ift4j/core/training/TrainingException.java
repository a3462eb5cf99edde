package io.github.ift4j.core.training;

/** Training that cannot start or go on. The message is one line that says what is wrong, where, and the mend. */
public final class TrainingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TrainingException(String message) {
        super(message);
    }

    public TrainingException(String message, Throwable cause) {
        super(message, cause);
    }
}
