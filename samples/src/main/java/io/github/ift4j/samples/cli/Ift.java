package io.github.ift4j.samples.cli;

import io.github.ift4j.samples.tiny.MakeTinyModel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command {@code ift}. Results go to stdout, everything else to stderr; the exit status is 0 for success, 1 for failure and 2
 * for wrong usage; every error is one line.
 */
@Command(
        name = "ift",
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        version = "ift 0.1.0-SNAPSHOT",
        description = "Fine-tunes language models on good answers, with Intuitive Fine-Tuning, and lets them answer.",
        subcommands = {
            Quickstart.class,
            Train.class,
            Evaluate.class,
            Generate.class,
            Chat.class,
            Render.class,
            Inspect.class,
            Merge.class,
            Quantize.class,
            FrozenLakeCommand.class,
            Bench.class,
            Web.class,
            Sample.class,
            MakeTinyModel.class
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class Ift implements Runnable {
    /** Exit status of a command that could not do what was asked. */
    static final int FAILED = CommandLine.ExitCode.SOFTWARE;

    /** Exit status of a command that was asked wrongly. */
    static final int USAGE = CommandLine.ExitCode.USAGE;

    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "With an error, show where in the program it came from.")
    private boolean verbose;

    Ift(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Runs the command of the process. */
    public static void main(String[] arguments) {
        int status = run(arguments, Surroundings.ofProcess(), utf8(FileDescriptor.out), utf8(FileDescriptor.err));
        System.exit(status);
    }

    /**
     * Runs a command.
     *
     * @param surroundings where it runs
     * @param out receives results
     * @param err receives everything else
     * @return exit status
     */
    static int run(String[] arguments, Surroundings surroundings, PrintWriter out, PrintWriter err) {
        Ift ift = new Ift(surroundings);
        CommandLine commandLine = new CommandLine(ift)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Errors::usage)
                .setExecutionExceptionHandler(
                        (failure, command, parsed) -> Errors.failure(failure, command, ift.verbose));
        try {
            return commandLine.execute(ConfigFile.expand(commandLine, arguments));
        } catch (ParameterException badConfig) {
            return Errors.usage(badConfig, arguments);
        } catch (Error failure) {
            // Memory that has run out, above all; picocli hands on exceptions only.
            return Errors.failure(failure, commandLine, ift.verbose);
        } finally {
            out.flush();
            err.flush();
        }
    }

    /** Where the command runs. */
    Surroundings surroundings() {
        return surroundings;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private static PrintWriter utf8(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), false);
    }
}
