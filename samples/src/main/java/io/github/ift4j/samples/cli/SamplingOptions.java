package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.generation.SamplingParameters;
import java.util.List;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How an answer is written. */
final class SamplingOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "256",
            description = "Most tokens of the answer; default ${DEFAULT-VALUE}.")
    private int maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description = "0 always takes the most probable token; default ${DEFAULT-VALUE}.")
    private double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draw from the most probable tokens that add up to P; default ${DEFAULT-VALUE}, all.")
    private double topP;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Draw from the K most probable tokens; default ${DEFAULT-VALUE}, all.")
    private int topK;

    @Option(names = "--seed", paramLabel = "S", description = "Makes draws repeatable.")
    private Long seed;

    @Option(names = "--stop", paramLabel = "S", description = "The answer ends before this text; may be repeated.")
    private List<String> stop = List.of();

    /** How tokens are chosen. */
    SamplingParameters sampling() {
        return Usage.check(
                command,
                () -> new SamplingParameters(
                        temperature, topK, topP, 0, 1, seed == null ? OptionalLong.empty() : OptionalLong.of(seed)));
    }

    int maxNewTokens() {
        return maxNewTokens;
    }

    List<String> stopStrings() {
        return stop;
    }
}
