package io.github.ift4j.langchain4j.tuning;

/** A tuner that cannot start or go on. The message is one line that says what is wrong, where, and the mend. */
public final class TuningException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TuningException(String message) {
        super(message);
    }

    public TuningException(String message, Throwable cause) {
        super(message, cause);
    }
}
