package io.github.ift4j.core.data;

/** Data that cannot be used. The message is one line that names the file, the line and the field at fault, and the mend. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
