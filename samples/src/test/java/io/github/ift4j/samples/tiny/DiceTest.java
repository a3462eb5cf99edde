package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class DiceTest {
    @Test
    void yieldsTheNumbersOfSplitMix64() {
        Dice dice = new Dice(1234567);

        // The reference stream of seed 1234567 (Vigna's splitmix64.c).
        assertThat(List.of(dice.next(), dice.next())).containsExactly(6457827717110365317L, 3203168211198807973L);
    }

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

    @Test
    void drawsNormalNumbers() {
        Dice dice = new Dice(5);
        int count = 20_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            double number = dice.gaussian();
            sum += number;
            squares += number * number;
        }
        // Five standard errors of the mean (1/sqrt(n)) and of the variance (sqrt(2/n)).
        assertThat(sum / count).isCloseTo(0, within(5 / Math.sqrt(count)));
        assertThat(squares / count).isCloseTo(1, within(5 * Math.sqrt(2.0 / count)));
    }
}
