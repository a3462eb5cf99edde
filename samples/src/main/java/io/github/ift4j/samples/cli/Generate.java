package io.github.ift4j.samples.cli;

import io.github.ift4j.core.data.Message;
import io.github.ift4j.jlama.generation.Cancellation;
import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.TextModel;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ift generate}: one answer. */
@Command(name = "generate", description = "Answers a prompt. Prints the answer only.")
final class Generate implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private AdaptedModelOptions model;

    @Mixin
    private DraftOptions draft;

    @Mixin
    private TextOptions text;

    @Mixin
    private SamplingOptions sampling;

    @Mixin
    private GuideOptions guide;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            required = true,
            description = "What the user says, or with --raw the text to continue.")
    private String prompt;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (TextModel loaded = model.load(text, draft.directory())) {
            GenerationRequest request =
                    text.raw() ? loaded.textRequest(prompt) : loaded.chatRequest(List.of(Message.of("user", prompt)));
            loaded.generate(
                    guide.apply(loaded, sampling.apply(request)),
                    piece -> {
                        out.print(piece);
                        out.flush();
                    },
                    new Cancellation());
        }
        out.println();
        return 0;
    }
}
