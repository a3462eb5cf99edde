package io.github.ift4j.samples.cli;

import io.github.ift4j.langchain4j.IftEngine;
import io.github.ift4j.samples.chatbots.FolderBot;
import io.github.ift4j.samples.chatbots.TownTexts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ift sample rag}: an answer from a folder. */
@Command(
        name = "rag",
        description =
                "Finds the passages of a folder's .txt and .md files that are closest to a question, and answers from"
                        + " them. Prints file, closeness and text of each passage, then the answer.")
final class SampleRag implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private BotModel model;

    @Option(
            names = "--folder",
            paramLabel = "DIR",
            description = "Folder of the texts; three short ones about the embedded model's town unless given.")
    private Path folder;

    @Option(
            names = "--question",
            paramLabel = "TEXT",
            defaultValue = "How much is a loaf?",
            description = "Default: ${DEFAULT-VALUE}")
    private String question;

    @Option(
            names = "--passages",
            paramLabel = "N",
            defaultValue = "2",
            description = "How many the model reads, 1 to 4; default ${DEFAULT-VALUE}.")
    private int passages;

    @Override
    public Integer call() throws IOException {
        try (TemporaryFolder scratch = TemporaryFolder.create("ift-sample");
                IftEngine engine = model.load(scratch)) {
            Path texts = folder;
            if (texts == null) {
                texts = scratch.path().resolve("town");
                TownTexts.copyTo(texts);
            }
            print(FolderBot.read(engine, texts, passages).ask(question));
        }
        return 0;
    }

    private void print(FolderBot.Reply reply) {
        PrintWriter out = spec.commandLine().getOut();
        for (FolderBot.Passage passage : reply.passages()) {
            out.printf(
                    Locale.ROOT,
                    "%s %.3f %s%n",
                    passage.file(),
                    passage.score(),
                    passage.text().replaceAll("\\R+", " "));
        }
        out.println(reply.answer());
    }
}
