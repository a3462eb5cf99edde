package io.github.ift4j.core.data;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which examples each optimiser step learns from. A step takes the next {@code batchSize * accumulation} examples of its epoch
 * and cuts them into micro-batches; the last step of an epoch takes what is left (like PyTorch's {@code drop_last=False}), and
 * steps go on with the next epoch for as long as they are asked for.
 *
 * @param examples number of examples, at least 1
 * @param batchSize examples of a micro-batch
 * @param accumulation micro-batches of a step
 * @param order order within each epoch
 */
public record BatchPlan(int examples, int batchSize, int accumulation, EpochOrder order) {
    public BatchPlan {
        Preconditions.checkArgument(examples >= 1, "there must be at least one example, there are %s", examples);
        Preconditions.checkArgument(batchSize >= 1, "batch-size must be at least 1, was %s", batchSize);
        Preconditions.checkArgument(accumulation >= 1, "grad-accum must be at least 1, was %s", accumulation);
    }

    /** Optimiser steps of one epoch. */
    public long stepsPerEpoch() {
        return (examples + examplesPerStep() - 1) / examplesPerStep();
    }

    /** The epoch that a step belongs to, both 0-based. */
    public long epochOf(long step) {
        return step / stepsPerEpoch();
    }

    /** Epochs done after {@code steps} steps, the last of them in part. */
    public double epochsAfter(long steps) {
        long within = steps % stepsPerEpoch();
        return (double) (steps / stepsPerEpoch()) + Math.min(examples, within * examplesPerStep()) / (double) examples;
    }

    /**
     * The micro-batches of a step.
     *
     * @param step 0-based optimiser step
     * @return indices of examples, at most {@code accumulation} arrays of at most {@code batchSize}, none of them empty
     */
    public List<int[]> microBatches(long step) {
        int[] epoch = order.of(examples, epochOf(step));
        long from = step % stepsPerEpoch() * examplesPerStep();
        long end = Math.min(examples, from + examplesPerStep());
        List<int[]> batches = new ArrayList<>();
        for (long i = from; i < end; i += batchSize) {
            batches.add(Arrays.copyOfRange(epoch, (int) i, (int) Math.min(end, i + batchSize)));
        }
        return batches;
    }

    private long examplesPerStep() {
        return (long) batchSize * accumulation;
    }
}
