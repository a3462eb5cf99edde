package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Ascii;

/**
 * A model directory that cannot be used. The message names the file and what is wrong with it. It is one line of bounded
 * length whatever of the file it quotes: control characters are written as escapes.
 */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST = 2000;

    public CheckpointException(String message) {
        super(oneLine(message));
    }

    public CheckpointException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    private static String oneLine(String message) {
        return Names.escape(Ascii.truncate(message, LONGEST, "…"));
    }
}
