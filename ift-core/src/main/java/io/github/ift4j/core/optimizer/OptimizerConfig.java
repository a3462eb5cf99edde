package io.github.ift4j.core.optimizer;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.Parameter;
import java.util.List;

/** Which optimiser, with which settings; defaults are PyTorch's. The learning rate comes with each step. */
public sealed interface OptimizerConfig {
    /** Makes the optimiser, with its state at zero, for these parameters. */
    Optimizer create(List<Parameter> parameters, Workers workers);

    /**
     * Settings of {@link RmsProp}.
     *
     * @param alpha decay of the mean square, 0 to 1
     * @param epsilon added to the root of the mean square
     * @param momentum decay of the momentum, 0 for none
     * @param weightDecay L2 penalty
     */
    record RmsPropConfig(double alpha, double epsilon, double momentum, double weightDecay) implements OptimizerConfig {
        public RmsPropConfig {
            checkBelowOne("alpha", alpha);
            checkNotNegative("epsilon", epsilon);
            checkBelowOne("momentum", momentum);
            checkNotNegative("weight decay", weightDecay);
        }

        /** alpha 0.99, epsilon 1e-8, no momentum, no weight decay. */
        public static RmsPropConfig withDefaults() {
            return new RmsPropConfig(0.99, 1e-8, 0, 0);
        }

        @Override
        public Optimizer create(List<Parameter> parameters, Workers workers) {
            return new RmsProp(this, parameters, workers);
        }
    }

    /**
     * Settings of {@link AdamW}.
     *
     * @param beta1 decay of the mean, 0 to 1
     * @param beta2 decay of the mean square, 0 to 1
     * @param epsilon added to the root of the mean square
     * @param weightDecay decoupled weight decay
     */
    record AdamWConfig(double beta1, double beta2, double epsilon, double weightDecay) implements OptimizerConfig {
        public AdamWConfig {
            checkBelowOne("beta1", beta1);
            checkBelowOne("beta2", beta2);
            checkNotNegative("epsilon", epsilon);
            checkNotNegative("weight decay", weightDecay);
        }

        /** beta1 0.9, beta2 0.999, epsilon 1e-8, weight decay 0.01. */
        public static AdamWConfig withDefaults() {
            return new AdamWConfig(0.9, 0.999, 1e-8, 0.01);
        }

        @Override
        public Optimizer create(List<Parameter> parameters, Workers workers) {
            return new AdamW(this, parameters, workers);
        }
    }

    /**
     * Settings of {@link Sgd}.
     *
     * @param momentum decay of the momentum, 0 for none
     * @param weightDecay L2 penalty
     */
    record SgdConfig(double momentum, double weightDecay) implements OptimizerConfig {
        public SgdConfig {
            checkBelowOne("momentum", momentum);
            checkNotNegative("weight decay", weightDecay);
        }

        /** No momentum, no weight decay. */
        public static SgdConfig withDefaults() {
            return new SgdConfig(0, 0);
        }

        @Override
        public Optimizer create(List<Parameter> parameters, Workers workers) {
            return new Sgd(this, parameters, workers);
        }
    }

    private static void checkBelowOne(String name, double value) {
        Preconditions.checkArgument(value >= 0 && value < 1, "%s must be at least 0 and below 1, was %s", name, value);
    }

    private static void checkNotNegative(String name, double value) {
        Preconditions.checkArgument(
                value >= 0 && Double.isFinite(value), "%s must be a number of at least 0, was %s", name, value);
    }
}
