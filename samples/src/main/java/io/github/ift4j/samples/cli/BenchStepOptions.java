package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.checkpoint.PeftTargets;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The training step that {@code ift bench} measures. */
final class BenchStepOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "4",
            description = "Sequences of a step; default ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
            names = "--length",
            paramLabel = "N",
            defaultValue = "256",
            description = "Tokens of a sequence; default ${DEFAULT-VALUE}.")
    private int length;

    @Option(
            names = "--prompt-fraction",
            paramLabel = "F",
            defaultValue = "0.5",
            description = "Share of a sequence that is not learned; default ${DEFAULT-VALUE}.")
    private double promptFraction;

    @Option(
            names = "--lora-rank",
            paramLabel = "R",
            description = "Tune low-rank adapters of that rank on all linear layers in place of the weights.")
    private Integer loraRank;

    /** Refuses values that make no step. */
    void check() {
        Usage.require(command, batch >= 1, "--batch must be at least 1, was " + batch);
        Usage.require(command, length >= 2, "--length must be at least 2, was " + length);
        Usage.require(
                command,
                promptFraction >= 0 && promptTokens() < length,
                "--prompt-fraction must be at least 0 and leave something to learn, was " + promptFraction);
    }

    /** Sequences of a step. */
    int batch() {
        return batch;
    }

    /** Tokens of a sequence. */
    int length() {
        return length;
    }

    /** How many of them are not learned. */
    int promptTokens() {
        return Math.max(1, (int) Math.floor(length * promptFraction));
    }

    /** The rank of the adapters, if adapters are to learn. */
    Optional<Integer> loraRank() {
        return Optional.ofNullable(loraRank);
    }

    /** The adapters, if adapters are to learn. */
    Optional<PeftConfig> adapter() {
        return loraRank()
                .map(rank -> Usage.check(command, () -> PeftConfig.of(rank, 2.0 * rank, new PeftTargets.AllLinear())));
    }
}
