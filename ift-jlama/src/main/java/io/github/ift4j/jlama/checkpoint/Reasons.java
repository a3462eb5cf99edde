package io.github.ift4j.jlama.checkpoint;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.ReadOnlyFileSystemException;

/** Why a file operation failed, in words: the exceptions of {@code java.nio.file} often say no more than the path. */
final class Reasons {
    private Reasons() {}

    static String of(Exception failure) {
        return switch (failure) {
            case NoSuchFileException _ -> "no such file or folder";
            case AccessDeniedException _ -> "permission denied";
            case ReadOnlyFileSystemException _ -> "the file system is read-only";
            case FileSystemException e when e.getReason() != null -> firstLine(e.getReason());
            case IOException e when e.getMessage() != null -> firstLine(e.getMessage());
            default -> failure.getClass().getSimpleName();
        };
    }

    /** The first line of a message that may quote untrusted data, fit to be shown. */
    static String firstLine(String message) {
        String line = message == null ? "" : message.lines().findFirst().orElse("");
        String quoted = Names.quote(line);
        return quoted.substring(1, quoted.length() - 1);
    }
}
