package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.objective.IntuitiveFineTuning;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a training step leaves on the Java heap once memory has been made for it: views and loops, never numbers of the model's size. */
class StepAllocationTest {
    private static final int LAYERS = 2;
    private static final int SEQUENCES = 4;
    private static final int LENGTH = 128;
    /** Code that is not compiled for good yet puts vectors on the heap; so rounds of steps go on until one is steady, for at most as long. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final int STEPS = 10;

    /**
     * About 200,000 bytes are left: small views of matrices, most of them in the tiles of attention, parallel loops, the order of the
     * batch's rows and the scores of its tokens.
     */
    private static final long BOUND = 250_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aSteadyStepAllocatesLittle() {
        DecoderConfig config = DecoderConfig.llama(512, 96, 256, LAYERS, AttentionConfig.of(4, 2, 24))
                .contextLength(LENGTH)
                .build();
        try (Workers workers = new Workers(2);
                DecoderPolicy policy = DecoderPolicy.initialise(config, new WeightInitialiser(1, 0.05f), workers)) {
            List<Sequence> batch = batch(config);
            long least = Long.MAX_VALUE;
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (least > BOUND && System.nanoTime() < deadline) {
                long before = threads.getTotalThreadAllocatedBytes();
                step(policy, batch);
                least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / STEPS);
            }
            assertThat(least).isBetween(1L, BOUND);
        }
    }

    private static void step(DecoderPolicy policy, List<Sequence> batch) {
        for (int i = 0; i < STEPS; i++) {
            GoldenPolicyTest.accumulate(policy, IntuitiveFineTuning.of(0.2, 0.95), batch);
            policy.clearGradients();
        }
    }

    private static List<Sequence> batch(DecoderConfig config) {
        Random random = new Random(3);
        return IntStream.range(0, SEQUENCES)
                .mapToObj(i -> {
                    int[] ids = random.ints(LENGTH, 0, config.vocabularySize()).toArray();
                    int[] labels = ids.clone();
                    Arrays.fill(labels, 0, LENGTH / 2, Sequence.IGNORE);
                    return new Sequence(ids, labels);
                })
                .toList();
    }
}
