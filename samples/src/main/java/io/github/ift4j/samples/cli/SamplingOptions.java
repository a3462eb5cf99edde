package io.github.ift4j.samples.cli;

import io.github.ift4j.jlama.generation.GenerationRequest;
import io.github.ift4j.jlama.generation.SamplingParameters;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How an answer is written, where it differs from what the model's {@code generation_config.json} says. */
final class SamplingOptions {
    private static final int MAX_NEW_TOKENS = 256;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            description = "Most tokens of an answer; default: the model's, at most " + MAX_NEW_TOKENS + ".")
    private Integer maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 always takes the most probable token; default: the model's, or 0.")
    private Double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Draw from the most probable tokens that add up to P; default: the model's, or 1, all.")
    private Double topP;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "Draw from the K most probable tokens; default: the model's, or 0, all.")
    private Integer topK;

    @Option(names = "--seed", paramLabel = "S", description = "Makes draws repeatable.")
    private Long seed;

    @Option(names = "--stop", paramLabel = "S", description = "The answer ends before this text; may be repeated.")
    private List<String> stop = List.of();

    /** The request under these options. */
    GenerationRequest apply(GenerationRequest request) {
        return Usage.check(
                command,
                () -> request.withMaxNewTokens(
                                maxNewTokens == null ? Math.min(MAX_NEW_TOKENS, request.maxNewTokens()) : maxNewTokens)
                        .withSampling(sampling(request.sampling()))
                        .withStopStrings(stop));
    }

    private SamplingParameters sampling(SamplingParameters base) {
        SamplingParameters sampling = base;
        sampling = temperature == null ? sampling : sampling.withTemperature(temperature);
        sampling = topP == null ? sampling : sampling.withTopP(topP);
        sampling = topK == null ? sampling : sampling.withTopK(topK);
        return seed == null ? sampling : sampling.withSeed(seed);
    }
}
