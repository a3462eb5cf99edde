package io.github.ift4j.samples.cli;

import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.samples.chatbots.ExtractionBot;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ift sample extract}: an object out of a text. */
@Command(name = "extract", description = "Makes a Java record of what a text says about a person, and prints it.")
final class SampleExtract implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private BotModel model;

    @Option(
            names = "--text",
            paramLabel = "TEXT",
            defaultValue = "Otto lives in Mill Lane and has a parrot.",
            description = "Default: ${DEFAULT-VALUE}")
    private String text;

    @Override
    public Integer call() throws IOException {
        try (TemporaryFolder scratch = TemporaryFolder.create("ift-sample");
                IftEngine engine = model.load(scratch)) {
            spec.commandLine().getOut().println(ExtractionBot.extract(engine, text));
        }
        return 0;
    }
}
