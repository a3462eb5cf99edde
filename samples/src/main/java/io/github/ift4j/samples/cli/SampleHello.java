package io.github.ift4j.samples.cli;

import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.samples.chatbots.HelloBot;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ift sample hello}: one answer. */
@Command(name = "hello", description = "Answers one question.")
final class SampleHello implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private BotModel model;

    @Option(
            names = "--question",
            paramLabel = "TEXT",
            defaultValue = "Where does Otto live?",
            description = "Default: ${DEFAULT-VALUE}")
    private String question;

    @Override
    public Integer call() throws IOException {
        try (TemporaryFolder scratch = TemporaryFolder.create("ift-sample");
                IftEngine engine = model.load(scratch)) {
            spec.commandLine().getOut().println(HelloBot.answer(engine, question));
        }
        return 0;
    }
}
