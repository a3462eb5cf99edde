package io.github.ift4j.samples.cli;

import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.training.TrainingConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How long and in which steps to train; what is not given is as {@link TrainingConfig#builder()} has it. */
final class LoopOptions {
    private static final double WARMUP_RATIO = 0.1;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--epochs", paramLabel = "E", description = "Passes over the data; default 3.")
    private Integer epochs;

    @Option(names = "--max-steps", paramLabel = "N", description = "Optimiser steps, in place of --epochs.")
    private Long maxSteps;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "8",
            description = "Examples that are computed together; default ${DEFAULT-VALUE}.")
    private int batchSize;

    @Option(
            names = "--grad-accum",
            paramLabel = "N",
            defaultValue = "1",
            description = "Batches of an optimiser step; default ${DEFAULT-VALUE}.")
    private int gradientAccumulation;

    @Option(
            names = "--lr",
            paramLabel = "RATE",
            defaultValue = "5e-7",
            description = "Learning rate; default ${DEFAULT-VALUE}, the paper's for 7 billion parameters.")
    private double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "cosine|linear|constant",
            defaultValue = "cosine",
            description = "Learning rate after the warm-up; default ${DEFAULT-VALUE}.")
    private LearningRateSchedule schedule;

    @Option(names = "--warmup-steps", paramLabel = "N", description = "Steps over which the learning rate grows.")
    private Long warmupSteps;

    @Option(
            names = "--warmup-ratio",
            paramLabel = "R",
            description = "The same as a share of all steps; default " + WARMUP_RATIO + ".")
    private Double warmupRatio;

    @Option(
            names = "--max-grad-norm",
            paramLabel = "N",
            defaultValue = "10",
            description = "Gradients are scaled down to this norm; 0 leaves them; default ${DEFAULT-VALUE}.")
    private double maxGradientNorm;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "42",
            description = "Start of all random numbers; default ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--no-shuffle", description = "Take the examples in the order of the files.")
    private boolean noShuffle;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            defaultValue = "0",
            description = "Steps between checkpoints; default ${DEFAULT-VALUE}, none.")
    private long saveEvery;

    @Option(
            names = "--eval-every",
            paramLabel = "N",
            defaultValue = "0",
            description = "Steps between evaluations on --eval-data; default ${DEFAULT-VALUE}, at the end only.")
    private long evalEvery;

    /** The settings that the options describe. */
    TrainingConfig config() {
        if (epochs != null && maxSteps != null) {
            throw new ParameterException(command.commandLine(), "give either --epochs or --max-steps, not both");
        }
        if (warmupSteps != null && warmupRatio != null) {
            throw new ParameterException(
                    command.commandLine(), "give either --warmup-steps or --warmup-ratio, not both");
        }
        if (maxSteps != null && maxSteps < 1) {
            throw new ParameterException(command.commandLine(), "max-steps must be at least 1, was " + maxSteps);
        }
        return Usage.check(command, () -> {
            TrainingConfig.Builder config = TrainingConfig.builder()
                    .batchSize(batchSize)
                    .gradientAccumulation(gradientAccumulation)
                    .learningRate(learningRate)
                    .schedule(schedule)
                    .maxGradientNorm(maxGradientNorm == 0 ? Double.POSITIVE_INFINITY : maxGradientNorm)
                    .seed(seed)
                    .shuffle(!noShuffle)
                    .saveEvery(saveEvery)
                    .evalEvery(evalEvery);
            if (epochs != null) {
                config.epochs(epochs);
            }
            if (maxSteps != null) {
                config.maxSteps(maxSteps);
            }
            if (warmupSteps != null) {
                config.warmupSteps(warmupSteps);
            } else {
                config.warmupRatio(warmupRatio == null ? WARMUP_RATIO : warmupRatio);
            }
            return config.build();
        });
    }
}
