package io.github.ift4j.jlama.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.ift4j.core.data.Sequence;
import io.github.ift4j.core.optimizer.Optimizer;
import io.github.ift4j.core.optimizer.OptimizerConfig;
import io.github.ift4j.core.parallel.Workers;
import io.github.ift4j.core.policy.OptionalLambda;
import io.github.ift4j.core.policy.SequenceGradient;
import io.github.ift4j.jlama.architecture.AttentionConfig;
import io.github.ift4j.jlama.architecture.DecoderConfig;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a training step puts on the Java heap once its code is compiled. */
class SteadyStepTest {
    private static final int BATCH = 4;
    private static final int LENGTH = 128;
    private static final int LAYERS = 2;
    private static final int HIDDEN = 64;
    private static final int VOCABULARY = 200;

    /** Steps until the compiler is done; the test ends sooner where it is. */
    private static final int MOST_STEPS = 2_000;

    /**
     * A step computes some {@code LAYERS x 20 x HIDDEN} numbers a row, in both passes and backward. A vector on the heap for every one
     * of their loops would be 24 bytes a number and more; views of matrices, scores and row numbers are a few bytes a number of a
     * single hidden state.
     */
    private static final long BOUND = 8L * BATCH * LENGTH * HIDDEN * LAYERS * Float.BYTES;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStepAllocatesFarLessThanItComputes(boolean recompute) {
        DecoderConfig config = DecoderConfig.llama(
                        VOCABULARY, HIDDEN, 2 * HIDDEN, LAYERS, AttentionConfig.of(4, 2, HIDDEN / 4))
                .contextLength(LENGTH)
                .build();
        TrainingOptions options = TrainingOptions.defaults().withRecompute(recompute);
        try (Workers workers = new Workers(2);
                DecoderPolicy policy =
                        DecoderPolicy.initialise(config, new WeightInitialiser(9, 0.05f), options, workers);
                Optimizer optimizer =
                        OptimizerConfig.RmsPropConfig.withDefaults().create(policy.parameters(), workers)) {
            List<List<Sequence>> groups = groups();
            double[] slopes = new double[LENGTH];
            Arrays.fill(slopes, -0.1);
            List<SequenceGradient> gradient = List.of(new SequenceGradient(slopes));
            long least = Long.MAX_VALUE;
            for (int step = 0; step < MOST_STEPS && least > BOUND; step++) {
                long before = allocated();
                policy.accumulate(groups, OptionalLambda.of(0.2), (group, scores) -> gradient);
                optimizer.step(1e-6, 1);
                least = Math.min(least, allocated() - before);
            }
            assertThat(least).isLessThanOrEqualTo(BOUND);
        }
    }

    @Test
    void theMeasurementSeesWhatTheWorkersAllocate() {
        float[][] kept = new float[2][];
        try (Workers workers = new Workers(2)) {
            long before = allocated();
            workers.forEach(kept.length, (i, worker) -> kept[i] = new float[(int) BOUND]);
            assertThat(allocated() - before).isGreaterThan(kept.length * BOUND * Float.BYTES);
        }
        assertThat(kept[0]).isNotNull();
    }

    private static List<List<Sequence>> groups() {
        Random random = new Random(3);
        List<List<Sequence>> groups = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            int[] ids = random.ints(LENGTH, 0, VOCABULARY).toArray();
            int[] labels = ids.clone();
            Arrays.fill(labels, 0, LENGTH / 2, Sequence.IGNORE);
            groups.add(List.of(new Sequence(ids, labels)));
        }
        return groups;
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
    }
}
