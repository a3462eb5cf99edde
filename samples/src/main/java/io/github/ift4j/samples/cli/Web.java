package io.github.ift4j.samples.cli;

import io.github.ift4j.samples.web.WebOptions;
import io.github.ift4j.samples.web.WebServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ift web}: the chatbot in a browser. */
@Command(
        name = "web",
        description = "Chats with a model in the browser, and lets it learn from rated answers. Prints the address;"
                + " Ctrl-C ends it. Without --model, the embedded model answers.")
final class Web implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "Where it listens; 0 takes a free port. Default ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            defaultValue = WebOptions.LOOPBACK,
            description = "Default ${DEFAULT-VALUE}, which only this machine reaches. There is no log-in: with any"
                    + " other address, all who reach it can chat.")
    private String address;

    @Option(names = "--model", paramLabel = "DIR", description = "Folder of a HuggingFace model with a chat template.")
    private Path model;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder for recorded conversations and what was learned from them; default .ift/web in the"
                    + " home folder.")
    private Path data;

    @Option(
            names = "--no-examples",
            description = "Begin with nothing on record. Otherwise the embedded model finds example chats there, which"
                    + " it can learn from.")
    private boolean noExamples;

    @Override
    public Integer call() throws IOException, InterruptedException {
        WebOptions options = options();
        try (WebServer server = WebServer.start(options)) {
            spec.commandLine().getOut().println(server.url());
            spec.commandLine().getOut().flush();
            server.join();
        }
        return 0;
    }

    private WebOptions options() {
        Path folder = data == null ? Path.of(System.getProperty("user.home"), ".ift", "web") : data;
        try {
            return new WebOptions(address, port, Optional.ofNullable(model), folder, model == null && !noExamples);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
