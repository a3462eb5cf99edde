package io.github.ift4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SequenceTest {
    @Test
    void theFirstPositionIsNeverScored() {
        Sequence sequence = new Sequence(new int[] {5, 6, 7, 8}, new int[] {5, -100, 7, -100});

        assertThat(sequence.isLabelled(0)).isFalse();
        assertThat(sequence.isLabelled(2)).isTrue();
        assertThat(sequence.firstLabel()).isEqualTo(2);
        assertThat(sequence.lastLabel()).isEqualTo(2);
        assertThat(sequence.labelledTokens()).isEqualTo(1);
    }

    @Test
    void aSequenceWithoutLabelHasNoFirstAndNoLast() {
        Sequence sequence = new Sequence(new int[] {5, 6}, new int[] {5, -100});

        assertThat(sequence.firstLabel()).isEqualTo(2);
        assertThat(sequence.lastLabel()).isZero();
        assertThat(sequence.labelledTokens()).isZero();
    }

    @Test
    void labelsOfAnotherLengthAreRefused() {
        assertThatThrownBy(() -> new Sequence(new int[2], new int[3]))
                .hasMessage("labels has 3 entries but input_ids has 2; they must be of the same length");
        assertThatThrownBy(() -> new Sequence(new int[0], new int[0]))
                .hasMessage("a sequence must have at least one token");
    }
}
