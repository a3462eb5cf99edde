package io.github.ift4j.samples.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift sample}: the sample chatbots. */
@Command(
        name = "sample",
        description = "Starts one of the sample chatbots: hello, console, extract or rag.",
        subcommands = {SampleHello.class, SampleConsole.class, SampleExtract.class, SampleRag.class})
final class Sample implements Runnable {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Ift ift;

    /** The command that this belongs to. */
    Ift ift() {
        return ift;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "the name of a sample is missing: hello, console, extract or rag");
    }
}
