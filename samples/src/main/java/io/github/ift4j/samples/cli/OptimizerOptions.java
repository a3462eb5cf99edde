package io.github.ift4j.samples.cli;

import io.github.ift4j.core.optimizer.LearningRateSchedule;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.RmsPropConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.SgdConfig;
import java.util.OptionalDouble;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How gradients change the weights. */
final class OptimizerOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--optimizer",
            paramLabel = "rmsprop|adamw|sgd",
            defaultValue = "rmsprop",
            description = "With PyTorch's arithmetic and defaults; default ${DEFAULT-VALUE}.")
    private Kind optimizer;

    @Option(
            names = "--lr",
            paramLabel = "RATE",
            defaultValue = "5e-7",
            description = "Learning rate; default ${DEFAULT-VALUE}, the paper's for 7 billion parameters.")
    private double learningRate;

    @Option(names = "--momentum", paramLabel = "M", description = "Momentum of rmsprop and sgd; default 0.")
    private Double momentum;

    @Option(names = "--weight-decay", paramLabel = "W", description = "Weight decay; default 0.01 with adamw, else 0.")
    private Double weightDecay;

    @Option(
            names = "--schedule",
            paramLabel = "cosine|linear|constant",
            defaultValue = "cosine",
            description = "Learning rate after the warm-up; default ${DEFAULT-VALUE}.")
    private LearningRateSchedule schedule;

    @Option(
            names = "--max-grad-norm",
            paramLabel = "N",
            defaultValue = "10",
            description = "Gradients are scaled down to this norm; 0 leaves them; default ${DEFAULT-VALUE}.")
    private double maxGradientNorm;

    /** The optimiser that the options describe. */
    OptimizerConfig optimizer() {
        if (optimizer == Kind.ADAMW && momentum != null) {
            throw new ParameterException(command.commandLine(), "--momentum is for rmsprop and sgd; adamw has its own");
        }
        return Usage.check(command, () -> switch (optimizer) {
            case RMSPROP -> {
                RmsPropConfig defaults = RmsPropConfig.withDefaults();
                yield new RmsPropConfig(
                        defaults.alpha(),
                        defaults.epsilon(),
                        or(momentum, defaults.momentum()),
                        or(weightDecay, defaults.weightDecay()));
            }
            case ADAMW -> {
                AdamWConfig defaults = AdamWConfig.withDefaults();
                yield new AdamWConfig(
                        defaults.beta1(),
                        defaults.beta2(),
                        defaults.epsilon(),
                        or(weightDecay, defaults.weightDecay()));
            }
            case SGD -> {
                SgdConfig defaults = SgdConfig.withDefaults();
                yield new SgdConfig(or(momentum, defaults.momentum()), or(weightDecay, defaults.weightDecay()));
            }
        });
    }

    double learningRate() {
        return learningRate;
    }

    LearningRateSchedule schedule() {
        return schedule;
    }

    /** The norm that gradients are clipped to, if they are. */
    OptionalDouble maxGradientNorm() {
        return maxGradientNorm == 0 ? OptionalDouble.empty() : OptionalDouble.of(maxGradientNorm);
    }

    private static double or(Double given, double otherwise) {
        return given == null ? otherwise : given;
    }

    /** The optimisers by the names of the command line. */
    enum Kind {
        RMSPROP,
        ADAMW,
        SGD
    }
}
