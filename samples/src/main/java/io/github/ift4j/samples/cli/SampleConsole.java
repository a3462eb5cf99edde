package io.github.ift4j.samples.cli;

import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.langchain4j.IftStreamingChatModel;
import io.github.ift4j.langchain4j.IftTokenCountEstimator;
import io.github.ift4j.samples.chatbots.CalculatorTool;
import io.github.ift4j.samples.chatbots.ClockTool;
import io.github.ift4j.samples.chatbots.ConsoleBot;
import io.github.ift4j.samples.chatbots.TokenBudget;
import io.github.ift4j.samples.chatbots.UserMemories;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.impl.DumbTerminal;
import org.jline.utils.WriterOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift sample console}: a conversation. */
@Command(
        name = "console",
        description = "A chat on the terminal: answers stream, each user has a memory, the model can use a clock and a"
                + " calculator if its context has room for them. Ctrl-C stops an answer, Ctrl-D leaves.")
final class SampleConsole implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Sample sample;

    @Mixin
    private BotModel model;

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            defaultValue = "UTC",
            description = "Time zone of the clock, such as Europe/Berlin; default ${DEFAULT-VALUE}.")
    private ZoneId zone;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description = "How freely the model chooses its words; 0, the default, is the most probable ones.")
    private double temperature;

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (TemporaryFolder scratch = TemporaryFolder.create("ift-sample");
                IftEngine engine = model.load(scratch);
                Terminal terminal = terminal()) {
            TokenBudget budget = TokenBudget.of(engine.contextLength());
            IftStreamingChatModel writer = IftStreamingChatModel.builder()
                    .engine(engine)
                    .temperature(temperature)
                    .maxOutputTokens(budget.answer())
                    .build();
            UserMemories memories = new UserMemories(
                    IftTokenCountEstimator.builder().engine(engine).build(), budget.memory());
            new ConsoleBot(terminal, writer, memories, budget.tools() == 0 ? List.of() : tools()).run();
        }
        return 0;
    }

    private List<Object> tools() {
        return List.of(new ClockTool(InstantSource.system(), zone), new CalculatorTool());
    }

    private Terminal terminal() throws IOException {
        Surroundings surroundings = sample.ift().surroundings();
        return surroundings.inIsTerminal()
                ? TerminalBuilder.builder().system(true).build()
                : new DumbTerminal(
                        surroundings.in(),
                        new WriterOutputStream(spec.commandLine().getOut(), StandardCharsets.UTF_8));
    }
}
