package io.github.ift4j.samples.cli;

import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Tells wrong options from failures. */
final class Usage {
    private Usage() {}

    /**
     * What {@code options} makes of the options.
     *
     * @throws ParameterException in place of an {@link IllegalArgumentException} about a value
     */
    static <T> T check(CommandSpec command, Supplier<T> options) {
        try {
            return options.get();
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(command.commandLine(), wrong.getMessage(), wrong);
        }
    }

    /**
     * Refuses options unless a condition holds.
     *
     * @throws ParameterException unless it does
     */
    static void require(CommandSpec command, boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(command.commandLine(), message);
        }
    }

    /**
     * Refuses a name that is none of the choices.
     *
     * @param what kind of thing, for the message
     * @throws ParameterException unless the name is available
     */
    static void checkName(CommandLine command, String what, String name, List<String> available) {
        if (!available.contains(name)) {
            throw new ParameterException(
                    command, "unknown %s '%s'; available: %s".formatted(what, name, String.join(", ", available)));
        }
    }
}
