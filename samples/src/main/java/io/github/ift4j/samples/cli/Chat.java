package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.generation.TextModel;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ift chat}: a conversation. */
@Command(
        name = "chat",
        description =
                "Talks with a model. Ctrl-C stops an answer, Ctrl-D leaves; from a pipe, each line is a question.")
final class Chat implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Ift ift;

    @Mixin
    private AdaptedModelOptions model;

    @Mixin
    private DraftOptions draft;

    @Mixin
    private TextOptions text;

    @Mixin
    private SamplingOptions sampling;

    @Override
    public Integer call() throws IOException {
        try (TextModel loaded = model.load(text, draft.directory())) {
            Conversation conversation = new Conversation(loaded, sampling, text.raw());
            new ChatLoop(ift.surroundings(), spec.commandLine().getOut()).run(conversation::say);
        }
        return 0;
    }
}
