package io.github.ift4j.samples.cli;

import com.google.common.base.Stopwatch;
import io.github.ift4j.core.data.Dataset;
import io.github.ift4j.core.data.Example;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.objective.Objective;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.Parameter;
import io.github.ift4j.jlama.decoder.DecoderPolicy;
import java.util.List;

/**
 * What a training would take, estimated from sizes alone.
 *
 * @param policy the model
 * @param examples what would be learned
 * @param batchSize examples computed together
 */
record TrainingCost(DecoderPolicy policy, Dataset examples, int batchSize) {
    /** What goes with each learned weight: its gradient, RMSprop's mean square. */
    private static final int COMPANIONS = 2;

    /** The first runs compile the code. */
    private static final int RUNS = 3;

    private static final double LAMBDA = 0.2;

    /** Memory outside the Java heap with the longest examples in one batch. */
    long bytes() {
        // Both answers of a pair are computed together.
        int longest =
                examples.examples().stream().mapToInt(Example::tokens).max().orElse(0);
        long rows = (long) batchSize * longest;
        long learned = policy.parameters().stream().mapToLong(Parameter::size).sum();
        long numbers = COMPANIONS * learned + policy.options().maxLogits();
        return policy.weightBytes() + numbers * Float.BYTES + policy.activationBytes(rows);
    }

    /** Duration of one epoch of IFT, from that of its first batch. The policy's weights stay as they are. */
    double secondsPerEpoch() {
        List<List<Sequence>> batch = examples.examples().stream()
                .limit(batchSize)
                .map(Example::sequences)
                .toList();
        Objective objective = IntuitiveFineTuning.withDefaults();
        Stopwatch watch = Stopwatch.createUnstarted();
        for (int run = 0; run < RUNS; run++) {
            watch.reset().start();
            policy.accumulate(
                    batch,
                    OptionalLambda.of(LAMBDA),
                    (group, scores) -> objective.evaluate(scores).gradients());
        }
        double seconds = watch.elapsed().toNanos() * 1e-9;
        policy.clearGradients();
        return seconds
                * operations(examples.examples())
                / operations(examples.examples().subList(0, batch.size()));
    }

    private double operations(List<Example> some) {
        StepCost cost = new StepCost(policy.config());
        return some.stream()
                .flatMap(example -> example.sequences().stream())
                .mapToDouble(sequence -> cost.operations(sequence.lastLabel() + 1, sequence.firstLabel(), true))
                .sum();
    }
}
