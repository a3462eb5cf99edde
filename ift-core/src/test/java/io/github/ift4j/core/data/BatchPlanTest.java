package io.github.ift4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlanTest {
    private static final EpochOrder FILE_ORDER = new EpochOrder(0, false);
    private static final EpochOrder SHUFFLED = new EpochOrder(42, true);

    @Test
    void fileOrderWrapsAround() {
        BatchPlan plan = new BatchPlan(8, 4, 1, FILE_ORDER);

        assertThat(plan.stepsPerEpoch()).isEqualTo(2);
        for (int step = 0; step < 10; step += 2) {
            assertThat(plan.microBatches(step)).containsExactly(new int[] {0, 1, 2, 3});
            assertThat(plan.microBatches(step + 1)).containsExactly(new int[] {4, 5, 6, 7});
        }
    }

    @Test
    void theLastStepOfAnEpochTakesWhatIsLeft() {
        BatchPlan plan = new BatchPlan(11, 2, 2, FILE_ORDER);

        assertThat(plan.stepsPerEpoch()).isEqualTo(3);
        assertThat(plan.microBatches(2)).containsExactly(new int[] {8, 9}, new int[] {10});
        assertThat(plan.microBatches(3)).containsExactly(new int[] {0, 1}, new int[] {2, 3});
        assertThat(plan.epochsAfter(2)).isEqualTo(8 / 11.0);
        assertThat(plan.epochsAfter(3)).isEqualTo(1);
    }

    @Test
    void accumulationCutsTheSameStepFiner() {
        for (long step = 0; step < 9; step++) {
            assertThat(flat(new BatchPlan(19, 1, 8, SHUFFLED), step))
                    .containsExactly(flat(new BatchPlan(19, 8, 1, SHUFFLED), step));
        }
    }

    @Test
    void everyExampleComesOncePerEpochInANewOrder() {
        BatchPlan plan = new BatchPlan(23, 3, 2, SHUFFLED);
        List<int[]> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            IntStream.Builder seen = IntStream.builder();
            for (long step = 0; step < plan.stepsPerEpoch(); step++) {
                Arrays.stream(flat(plan, epoch * plan.stepsPerEpoch() + step)).forEach(seen);
            }
            epochs.add(seen.build().toArray());
        }

        for (int[] epoch : epochs) {
            assertThat(epoch).containsExactlyInAnyOrder(IntStream.range(0, 23).toArray());
        }
        assertThat(epochs.get(0)).isNotEqualTo(epochs.get(1));
        assertThat(epochs.get(1)).isNotEqualTo(epochs.get(2));
    }

    @Test
    void shufflingIsPinnedSoThatNoJavaVersionChangesIt() {
        assertThat(SHUFFLED.of(8, 0)).containsExactly(0, 2, 4, 7, 6, 3, 5, 1);
        assertThat(new EpochOrder(43, true).of(8, 0)).isNotEqualTo(SHUFFLED.of(8, 0));
    }

    @Test
    void shufflingIsUniform() {
        int[] firsts = new int[6];
        for (int epoch = 0; epoch < 6000; epoch++) {
            firsts[SHUFFLED.of(6, epoch)[0]]++;
        }
        // Six standard deviations of a binomial count around 1000.
        assertThat(IntStream.of(firsts).boxed()).allMatch(count -> Math.abs(count - 1000) < 174);
    }

    @Test
    void sizesBelowOneAreRefused() {
        assertThatThrownBy(() -> new BatchPlan(1, 0, 1, FILE_ORDER)).hasMessage("batch-size must be at least 1, was 0");
        assertThatThrownBy(() -> new BatchPlan(1, 1, 0, FILE_ORDER)).hasMessage("grad-accum must be at least 1, was 0");
    }

    private static int[] flat(BatchPlan plan, long step) {
        return plan.microBatches(step).stream().flatMapToInt(Arrays::stream).toArray();
    }
}
