package io.github.ift4j.samples.cli;

import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import io.github.ift4j.jlama.checkpoint.PeftConfig;
import io.github.ift4j.jlama.decoder.Decoder;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import io.github.ift4j.jlama.decoder.TrainingOptions;
import io.github.ift4j.jlama.decoder.WeightInitialiser;
import io.github.ift4j.jlama.kernel.WeightFormat;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which model {@code ift bench} measures. */
final class BenchModelOptions {
    private static final String FLOAT32 = "f32";
    private static final long SEED = 0;
    private static final float WEIGHT_DEVIATION = 0.02f;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--shape",
            paramLabel = "5m|15m|42m|135m",
            description = "A Llama of this size with random weights.")
    private String shape;

    @Option(names = "--model", paramLabel = "DIR", description = "A model to measure in place of a shape.")
    private Path model;

    @Option(
            names = "--weights",
            paramLabel = "f32|bf16|q8|q4",
            description = "With --shape and --generate or --lora-rank: the format of the model's weights; default f32.")
    private String weights;

    /** Refuses options that name no model, or several. */
    void check() {
        Usage.require(command, (shape == null) != (model == null), "give either --shape or --model");
        weightFormat();
    }

    /** Whether the weights are random. */
    boolean isShape() {
        return shape != null;
    }

    /** Whether {@code --weights} is given. */
    boolean choosesWeights() {
        return weights != null;
    }

    /** For reports. */
    String name() {
        return isShape() ? shape : model.toString();
    }

    /** The name of the format of the weights of a shape. */
    String weights() {
        return choosesWeights() ? weights : FLOAT32;
    }

    /** A model that answers, with room for so many tokens if it is a shape. */
    Decoder decoder(int tokens, Workers workers) {
        return isShape() ? Decoder.initialise(shape().config(tokens), random(), workers) : Decoder.load(model, workers);
    }

    /** A model that learns, with room for so many tokens if it is a shape. */
    DecoderPolicy policy(int tokens, Optional<PeftConfig> adapter, TrainingOptions options, Workers workers) {
        if (!isShape()) {
            return adapter.map(lora -> DecoderPolicy.adapt(model, lora, SEED, options, workers))
                    .orElseGet(() -> DecoderPolicy.load(model, options, workers));
        }
        DecoderConfig config = shape().config(tokens);
        return adapter.map(lora -> DecoderPolicy.initialise(config, random(), lora, SEED, options, workers))
                .orElseGet(() -> DecoderPolicy.initialise(config, random(), options, workers));
    }

    /** Another model of random weights, for the draft of one that answers. */
    static Decoder draft(DecoderConfig config, Workers workers) {
        return Decoder.initialise(config, new WeightInitialiser(SEED + 1, WEIGHT_DEVIATION), workers);
    }

    /** Bytes of all matrices of a shape that the step of one token reads. */
    double bytesRead(int tokens) {
        DecoderConfig config = shape().config(tokens);
        long read = config.layers().size() * config.weightsPerToken()
                + (long) config.hiddenSize() * config.vocabularySize();
        return weightFormat().bytesPerWeight() * read;
    }

    private BenchShape shape() {
        return BenchShape.named(command.commandLine(), shape);
    }

    private WeightInitialiser random() {
        return new WeightInitialiser(SEED, WEIGHT_DEVIATION, weightFormat());
    }

    private WeightFormat weightFormat() {
        return switch (weights()) {
            case FLOAT32 -> WeightFormat.FLOAT32;
            case "bf16" -> WeightFormat.BFLOAT16;
            case "q8" -> WeightFormat.EIGHT_BITS;
            case "q4" -> WeightFormat.FOUR_BITS;
            default ->
                throw new ParameterException(
                        command.commandLine(), "--weights must be f32, bf16, q8 or q4, was '" + weights + "'");
        };
    }
}
