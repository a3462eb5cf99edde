package io.github.ift4j.samples.cli;

import com.google.common.base.Throwables;
import dev.langchain4j.exception.LangChain4jException;
import io.github.ift4j.core.data.DataException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Says in one line what went wrong. */
final class Errors {
    private Errors() {}

    /** Wrong usage: the line says what, and where help is. */
    static int usage(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        String message = NotYetAvailable.explain(wrong).orElseGet(() -> oneLine(wrong.getMessage()));
        PrintWriter err = command.getErr();
        err.println("ift: " + message + " (see " + command.getCommandSpec().qualifiedName() + " --help)");
        err.flush();
        return Ift.USAGE;
    }

    /** A command that failed: the line says why, the stack trace follows if asked for. */
    static int failure(Throwable failure, CommandLine command, boolean verbose) {
        if (failure instanceof ParameterException wrong) {
            return usage(wrong, new String[0]);
        }
        PrintWriter err = command.getErr();
        err.println("ift: " + oneLine(describe(failure)));
        if (verbose) {
            failure.printStackTrace(err);
        }
        err.flush();
        return Ift.FAILED;
    }

    private static String describe(Throwable failure) {
        return switch (failure) {
            case UncheckedIOException io -> describe(io.getCause());
            case NoSuchFileException missing -> missing.getFile() + ": no such file or folder";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileAlreadyExistsException exists -> exists.getFile() + ": already exists";
            case NotDirectoryException file -> file.getFile() + ": not a folder";
            case FileSystemException file ->
                file.getFile() + ": "
                        + (file.getReason() == null
                                ? "cannot be used"
                                : file.getReason().toLowerCase(Locale.ROOT));
            case IOException io -> messageOf(io);
            case DataException data -> messageOf(data);
            case IllegalArgumentException argument -> messageOf(argument);
            case IllegalStateException state -> messageOf(state);
            case LangChain4jException refused -> messageOf(refused);
            case OutOfMemoryError memory ->
                "out of memory: " + messageOf(memory) + "; use a smaller --batch-size or --max-length";
            default -> describeOther(failure);
        };
    }

    private static String describeOther(Throwable failure) {
        if (failure.getClass().getPackageName().startsWith("io.github.ift4j")) {
            return messageOf(failure);
        }
        Throwable root = Throwables.getRootCause(failure);
        return "unexpected " + root.getClass().getSimpleName() + ": " + messageOf(root) + " (--verbose shows where)";
    }

    private static String messageOf(Throwable failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }

    private static String oneLine(String message) {
        return message.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
