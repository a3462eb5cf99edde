package io.github.ift4j.samples.cli;

import java.util.function.Supplier;
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
}
