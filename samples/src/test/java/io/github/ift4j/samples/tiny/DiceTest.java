package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class DiceTest {
    @Test
    void throwsEveryNumberBelowTheBoundAndNoOther() {
        Dice dice = new Dice(1);
        Integer[] counts = {0, 0, 0, 0, 0, 0, 0};
        for (int i = 0; i < 7000; i++) {
            counts[dice.below(7)]++;
        }
        assertThat(counts).allSatisfy(count -> assertThat(count).isBetween(850, 1150));
    }

    @Test
    void refusesToChooseFromNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Dice(1).pick(List.of()));
    }

    @Test
    void shufflesWithoutLosingAnything() {
        List<Integer> items = List.of(1, 2, 3, 4, 5, 6, 7, 8);

        List<Integer> shuffled = new Dice(3).shuffled(items);

        assertThat(shuffled).containsExactlyInAnyOrderElementsOf(items).isNotEqualTo(items);
    }
}
