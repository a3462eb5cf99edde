package io.github.ift4j.jlama.hub;

/** A model that could not be fetched; the message says what, why and how to go on. */
public final class HubException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HubException(String message) {
        super(message);
    }

    HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
