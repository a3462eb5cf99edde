package io.github.ift4j.core.training;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.optimizer.LearningRateSchedule;

/**
 * How long and in which steps to train. Names in messages are those of the command line.
 *
 * @param epochs passes over the data when {@code maxSteps} is 0
 * @param maxSteps optimiser steps; 0 lets the epochs decide
 * @param batchSize examples of a micro-batch
 * @param gradientAccumulation micro-batches of an optimiser step
 * @param learningRate after the warm-up
 * @param schedule what becomes of the learning rate
 * @param warmupSteps steps of the warm-up when {@code warmupRatio} is 0
 * @param warmupRatio share of all steps that are warm-up, rounded up; 0 lets {@code warmupSteps} decide
 * @param maxGradientNorm gradients are scaled down to this norm; infinite for no bound
 * @param seed of shuffling and of the disturbance of lambda
 * @param shuffle whether each epoch has an order of its own; file order if not
 * @param saveEvery optimiser steps between checkpoints, 0 for none
 * @param keepCheckpoints how many of the newest checkpoints stay
 * @param evalEvery optimiser steps between evaluations, 0 for one at the end
 */
public record TrainingConfig(
        int epochs,
        long maxSteps,
        int batchSize,
        int gradientAccumulation,
        double learningRate,
        LearningRateSchedule schedule,
        long warmupSteps,
        double warmupRatio,
        double maxGradientNorm,
        long seed,
        boolean shuffle,
        long saveEvery,
        int keepCheckpoints,
        long evalEvery) {
    public TrainingConfig {
        atLeast("epochs", 1, epochs);
        atLeast("max-steps", 0, maxSteps);
        atLeast("batch-size", 1, batchSize);
        atLeast("grad-accum", 1, gradientAccumulation);
        Preconditions.checkArgument(
                learningRate >= 0 && Double.isFinite(learningRate),
                "lr must be a number of at least 0, was %s",
                learningRate);
        Preconditions.checkNotNull(schedule, "schedule must be given");
        atLeast("warmup-steps", 0, warmupSteps);
        Preconditions.checkArgument(
                warmupRatio >= 0 && warmupRatio <= 1, "warmup-ratio must be between 0 and 1, was %s", warmupRatio);
        Preconditions.checkArgument(
                warmupSteps == 0 || warmupRatio == 0,
                "give either warmup-steps (was %s) or warmup-ratio (was %s), not both",
                Long.toString(warmupSteps),
                warmupRatio);
        Preconditions.checkArgument(maxGradientNorm > 0, "max-grad-norm must be above 0, was %s", maxGradientNorm);
        atLeast("save-every", 0, saveEvery);
        atLeast("the number of checkpoints to keep", 1, keepCheckpoints);
        atLeast("eval-every", 0, evalEvery);
    }

    private static void atLeast(String name, long least, long value) {
        Preconditions.checkArgument(value >= least, "%s must be at least %s, was %s", name, least, value);
    }

    /** The paper's settings (Hua et al. 2025), but for a batch that fits into a small machine. */
    public static Builder builder() {
        return new Builder();
    }

    /** All optimiser steps of a training whose epoch has {@code stepsPerEpoch}. */
    public long totalSteps(long stepsPerEpoch) {
        return maxSteps > 0 ? maxSteps : Math.multiplyExact(stepsPerEpoch, epochs);
    }

    /** Steps of the warm-up in a training of {@code totalSteps}. */
    public long warmupSteps(long totalSteps) {
        return warmupRatio > 0 ? (long) Math.ceil(totalSteps * warmupRatio) : warmupSteps;
    }

    /** Collects settings; what is not set keeps its default. */
    public static final class Builder {
        private int epochs = 3;
        private long maxSteps;
        private int batchSize = 8;
        private int gradientAccumulation = 1;
        private double learningRate = 5e-7;
        private LearningRateSchedule schedule = LearningRateSchedule.COSINE;
        private long warmupSteps;
        private double warmupRatio;
        private double maxGradientNorm = 10;
        private long seed = 42;
        private boolean shuffle = true;
        private long saveEvery;
        private int keepCheckpoints = 2;
        private long evalEvery;

        private Builder() {}

        /** 3 unless set. */
        public Builder epochs(int epochs) {
            this.epochs = epochs;
            return this;
        }

        /** 0, the epochs decide, unless set. */
        public Builder maxSteps(long maxSteps) {
            this.maxSteps = maxSteps;
            return this;
        }

        /** 8 unless set. */
        public Builder batchSize(int batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        /** 1 unless set. */
        public Builder gradientAccumulation(int gradientAccumulation) {
            this.gradientAccumulation = gradientAccumulation;
            return this;
        }

        /** 5e-7 unless set. */
        public Builder learningRate(double learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /** Cosine unless set. */
        public Builder schedule(LearningRateSchedule schedule) {
            this.schedule = schedule;
            return this;
        }

        /** 0 unless set. */
        public Builder warmupSteps(long warmupSteps) {
            this.warmupSteps = warmupSteps;
            return this;
        }

        /** 0 unless set. */
        public Builder warmupRatio(double warmupRatio) {
            this.warmupRatio = warmupRatio;
            return this;
        }

        /** 10 unless set. */
        public Builder maxGradientNorm(double maxGradientNorm) {
            this.maxGradientNorm = maxGradientNorm;
            return this;
        }

        /** 42 unless set. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** On unless set. */
        public Builder shuffle(boolean shuffle) {
            this.shuffle = shuffle;
            return this;
        }

        /** 0, never, unless set. */
        public Builder saveEvery(long saveEvery) {
            this.saveEvery = saveEvery;
            return this;
        }

        /** 2 unless set. */
        public Builder keepCheckpoints(int keepCheckpoints) {
            this.keepCheckpoints = keepCheckpoints;
            return this;
        }

        /** 0, at the end only, unless set. */
        public Builder evalEvery(long evalEvery) {
            this.evalEvery = evalEvery;
            return this;
        }

        /** @throws IllegalArgumentException when a value is outside its range; the message names it */
        public TrainingConfig build() {
            return new TrainingConfig(
                    epochs,
                    maxSteps,
                    batchSize,
                    gradientAccumulation,
                    learningRate,
                    schedule,
                    warmupSteps,
                    warmupRatio,
                    maxGradientNorm,
                    seed,
                    shuffle,
                    saveEvery,
                    keepCheckpoints,
                    evalEvery);
        }
    }
}
