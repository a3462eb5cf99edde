package io.github.ift4j.samples.cli;

import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.AdamWConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.RmsPropConfig;
import io.github.ift4j.core.optimizer.OptimizerConfig.SgdConfig;
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

    @Option(names = "--momentum", paramLabel = "M", description = "Momentum of rmsprop and sgd; default 0.")
    private Double momentum;

    @Option(names = "--weight-decay", paramLabel = "W", description = "Weight decay; default 0.01 with adamw, else 0.")
    private Double weightDecay;

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
