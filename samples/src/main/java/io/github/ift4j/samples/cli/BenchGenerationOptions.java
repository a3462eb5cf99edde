package io.github.ift4j.samples.cli;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.decoder.Decoder;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The answers that {@code ift bench --generate} measures. */
final class BenchGenerationOptions {
    private static final int PROMPT_TOKENS = 128;
    private static final int NEW_TOKENS = 64;
    private static final int STREAMS = 1;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--generate", description = "Measure the generation of answers.")
    private boolean generate;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "P",
            description = "With --generate: tokens of each prompt; default " + PROMPT_TOKENS + ".")
    private Integer promptTokens;

    @Option(
            names = "--new-tokens",
            paramLabel = "N",
            description = "With --generate: tokens of each answer; default " + NEW_TOKENS + ".")
    private Integer newTokens;

    @Option(
            names = "--streams",
            paramLabel = "S",
            description = "With --generate: requests at a time; default " + STREAMS + ".")
    private Integer streams;

    @Option(
            names = "--history",
            paramLabel = "N",
            description =
                    "With --generate: measure how long a chat waits for the first token of an answer to a prompt, as"
                            + " its first turn and after a history of N tokens that was read before.")
    private Integer history;

    @Mixin
    private DraftOptions draft;

    @Option(
            names = "--draft-shape",
            paramLabel = "15m|135m",
            description = "With --generate: a Llama of this size with random weights and the model's vocabulary as the"
                    + " draft.")
    private String draftShape;

    @Option(
            names = "--guided",
            description =
                    "With --generate and --shape: after each answer measure one that is guided by a JSON schema, too.")
    private boolean guided;

    /** Refuses options that contradict each other, and values that make no answers. */
    void check() {
        boolean drafts = draft.directory().isPresent() || draftShape != null;
        require(
                generate || promptTokens == null && newTokens == null && streams == null,
                "--prompt-tokens, --new-tokens and --streams need --generate");
        require(generate || history == null, "--history needs --generate");
        require(
                history == null || newTokens == null && streams == null && !drafts,
                "--history takes no --new-tokens, --streams, --draft or --draft-shape");
        require(generate || !drafts, "--draft and --draft-shape need --generate");
        require(draft.directory().isEmpty() || draftShape == null, "give either --draft or --draft-shape");
        require(history == null || history > 2, "--history must be more than 2, was " + history);
        require(promptTokens() >= 1, "--prompt-tokens must be at least 1, was " + promptTokens);
        require(newTokens() >= 2, "--new-tokens must be at least 2, was " + newTokens);
        require(streams() >= 1, "--streams must be at least 1, was " + streams);
    }

    /** Whether answers are measured at all. */
    boolean generate() {
        return generate;
    }

    /** Tokens of each prompt. */
    int promptTokens() {
        return promptTokens == null ? PROMPT_TOKENS : promptTokens;
    }

    /** Tokens of each answer. */
    int newTokens() {
        return newTokens == null ? NEW_TOKENS : newTokens;
    }

    /** Requests at a time. */
    int streams() {
        return streams == null ? STREAMS : streams;
    }

    /** Tokens of the turns before, if a chat's first tokens are measured in place of whole answers. */
    Optional<Integer> history() {
        return Optional.ofNullable(history);
    }

    /** Whether guided answers are measured, too. */
    boolean guided() {
        return guided;
    }

    /** What drafts, if anything does; a shape has room for so many tokens. */
    Optional<Decoder> draft(int tokens, int vocabulary, Workers workers) {
        return draft.directory()
                .map(folder -> Decoder.load(folder, workers))
                .or(() -> Optional.ofNullable(draftShape)
                        .map(name ->
                                BenchShape.named(command.commandLine(), name).config(tokens, vocabulary))
                        .map(config -> BenchModelOptions.draft(config, workers)));
    }

    private void require(boolean condition, String message) {
        Usage.require(command, condition, message);
    }
}
